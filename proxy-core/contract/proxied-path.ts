const proxied = /^[^?]*\/(?:pods|services|nodes)\/[^/?]+\/proxy(?:[/?]|$)/;

/** Where the API server passes on what a pod, a service or a node answers: what is said there is not Kubernetes' own. */
export function isProxied(target: string): boolean {
  return proxied.test(target);
}
