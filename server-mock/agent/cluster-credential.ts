import type { RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { KubeConfig } from '@kubernetes/client-node';
import { AgentError } from './errors.ts';

/** How to reach an API server, and as whom the agent calls it. */
export interface ClusterCredential {
  /** `https:` without trailing slash; may have a path, as behind Rancher. */
  server: URL;
  /** How to trust the server. Never holds a client certificate. */
  trust: Pick<ConnectionOptions, 'ca' | 'servername' | 'rejectUnauthorized'>;
  /** The agent's own client certificate, if it has one. */
  clientCertificate: Pick<ConnectionOptions, 'cert' | 'key' | 'passphrase' | 'pfx'>;
  /** The agent's own `authorization` header, read anew at each call, since mounted tokens rotate. */
  authorization(): Promise<string | undefined>;
  insecureSkipTlsVerify: boolean;
  /** Set inside a cluster: the namespace that the agent's pod runs in. */
  podNamespace: string | undefined;
}

export interface KubeconfigSource {
  /** YAML text; undefined for the pod's own service account. */
  kubeconfig?: string;
  /** What relative paths in it are relative to. */
  kubeconfigFolder?: string;
  context?: string;
  insecureSkipTlsVerify?: boolean;
  environment?: Record<string, string | undefined>;
}

/**
 * Reads the agent's credential from a kubeconfig, or from its pod.
 *
 * @throws {AgentError} `POSTERN_AGENT_KUBECONFIG`, naming what is missing or wrong
 */
export async function readClusterCredential(source: KubeconfigSource): Promise<ClusterCredential> {
  const config = source.kubeconfig === undefined ? fromPod(source.environment ?? process.env) : fromText(source);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  const context = config.getCurrentContext();
  if (!cluster) throw unusable(`context "${context}" names no cluster that is in it`);
  if (!user) throw unusable(`context "${context}" names no user that is in it`);
  if (cluster.proxyUrl) throw unusable(`cluster "${cluster.name}" has a proxy-url, which the agent does not support`);

  let server: URL;
  try {
    server = new URL(cluster.server.replace(/\/+$/, ''));
  } catch (cause) {
    throw unusable(`cluster "${cluster.name}" has no usable server URL`, cause);
  }
  if (server.protocol !== 'https:') {
    // Behind `kubectl proxy` or an unsecured port every request would run with that port's rights, whoever sent it.
    throw unusable(`the server of cluster "${cluster.name}" is not https, so it could not tell one user from another`);
  }

  const options = await tlsOptions(config);
  const insecureSkipTlsVerify = (source.insecureSkipTlsVerify ?? false) || options.rejectUnauthorized === false;
  const { ca, servername, cert, key, passphrase, pfx } = options;
  return {
    server,
    trust: {
      ...(ca === undefined ? {} : { ca }),
      ...(servername === undefined ? {} : { servername }),
      ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    },
    clientCertificate: { cert, key, passphrase, pfx },
    authorization: async () => authorizationOf(await tlsOptions(config)),
    insecureSkipTlsVerify,
    podNamespace:
      source.kubeconfig === undefined ? (config.getContextObject(context)?.namespace ?? undefined) : undefined,
  };
}

function fromText({ kubeconfig = '', kubeconfigFolder, context }: KubeconfigSource): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromString(kubeconfig);
  } catch (cause) {
    throw unusable(
      `it cannot be read: ${cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause)}`,
      cause,
    );
  }
  if (kubeconfigFolder !== undefined) config.makePathsAbsolute(kubeconfigFolder);
  const name = context ?? config.getCurrentContext();
  if (!name) throw unusable('it has no current-context');
  if (!config.getContextObject(name)) throw unusable(`it has no context "${name}"`);
  config.setCurrentContext(name);
  return config;
}

function fromPod(environment: Record<string, string | undefined>): KubeConfig {
  if (!environment.KUBERNETES_SERVICE_HOST || !environment.KUBERNETES_SERVICE_PORT) {
    throw new AgentError('POSTERN_AGENT_KUBECONFIG', 'no kubeconfig is given, and this is not a pod', {
      hint: 'run it beside the cluster with --kubeconfig FILE',
    });
  }
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

type TlsOptions = RequestOptions & ConnectionOptions;

async function tlsOptions(config: KubeConfig): Promise<TlsOptions> {
  const options: TlsOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw unusable(`its credential cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
  return options;
}

function authorizationOf(options: TlsOptions): string | undefined {
  const header = (options.headers as Record<string, unknown> | undefined)?.Authorization;
  if (typeof header === 'string') return header;
  return typeof options.auth === 'string' ? `Basic ${Buffer.from(options.auth).toString('base64')}` : undefined;
}

function unusable(what: string, cause?: unknown): AgentError {
  return new AgentError('POSTERN_AGENT_KUBECONFIG', `the agent’s kubeconfig cannot be used: ${what}`, { cause });
}
