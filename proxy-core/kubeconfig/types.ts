/** One entitlement, as a context. */
export interface ContextEntry {
  cluster: string;
  role: string;
  /** The default role's context is `<org>/<cluster>`, any other's `<org>/<cluster>+<role>`. */
  isDefault: boolean;
  /** The namespace that the grant names; a namespace that the person set afterwards is kept. */
  namespace?: string;
}

/** All that a kubeconfig is made from: the entitlements of this moment and the way into the local proxy. */
export interface KubeconfigLease {
  organisation: string;
  contexts: readonly ContextEntry[];
  /** `LocalProxy.url`, without a path. */
  proxyUrl: string;
  caPem: string;
  token: string;
}

export interface WrittenKubeconfig {
  path: string;
  /** The names of our contexts in the file. */
  contexts: string[];
  /** Contexts left out because the file has an entry of that name that is not ours. */
  skipped: string[];
}
