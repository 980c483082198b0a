import type { Logger } from 'pino';
import { type Clock, parseControllerUrl, serveHttp, systemClock, Tunnel } from '../../proxy-core/tunnel/index.ts';
import { stderrLogger } from '../stderr-logger.ts';
import { accountNamespace } from './account-objects.ts';
import type { StateStore } from './agent-state.ts';
import { readClusterCredential } from './cluster-credential.ts';
import { AgentError } from './errors.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { Membership } from './membership.ts';
import { createServices } from './services.ts';
import { stateFolder } from './state-folder.ts';
import { stateSecret } from './state-secret.ts';

export interface AgentOptions {
  /** With the pin of the controller's CA: `https://host:port#ca=sha256:…`. */
  controllerUrl: string;
  /** Needed once: the certificate that it buys is kept and renewed. */
  joinToken?: string;
  /** YAML text. Without it the agent runs inside the cluster, as its pod's service account. */
  kubeconfig?: string;
  /** What relative paths in the kubeconfig are relative to. */
  kubeconfigFolder?: string;
  context?: string;
  insecureSkipTlsVerify?: boolean;
  /** Beside the cluster: the folder where key and certificate are kept. Inside it they are kept in a Secret. */
  stateDir?: string;
  /** How often idle and expired accounts are looked for; 30 s by default. */
  checkEveryMs?: number;
  clock?: Clock;
  /** [0, 1), for jitter. */
  random?: () => number;
  logger?: Logger;
  /** For HTTPS_PROXY and NO_PROXY, and for finding the API server from inside a pod; `process.env` by default. */
  environment?: Record<string, string | undefined>;
}

export interface RunningAgent {
  /** Resolves when joined and a tunnel is open; rejects where that can never be (token refused, controller not trusted). */
  ready: Promise<void>;
  /** Ordered: lets the tunnel drain, stops the reaper, closes. Accounts stay for their idle time. Idempotent. */
  close(): Promise<void>;
}

/** How long requests under way may take to end when the agent stops. */
const drainMs = 5_000;

/**
 * Starts an agent: it looks after its accounts from now on, and joins and dials the controller until that works.
 *
 * @throws {AgentError} `POSTERN_AGENT_KUBECONFIG`, `POSTERN_USAGE`
 * @throws {TunnelError} `POSTERN_CONTROLLER_URL_INVALID`
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { clock = systemClock, random = Math.random, environment } = options;
  const logger = options.logger ?? stderrLogger('postern-agent', 'info');
  const controller = parseControllerUrl(options.controllerUrl);
  const credential = await readClusterCredential(options);
  const api = new KubernetesApi(credential);
  if (api.insecureSkipTlsVerify) {
    logger.warn(
      { server: api.server.host },
      'INSECURE: the API server’s certificate is not verified; whoever answers at its address can read and change everything',
    );
  }

  const stopping = new AbortController();
  const { servers, reaper } = createServices({
    api,
    clock,
    logger,
    stopping: stopping.signal,
    checkEveryMs: options.checkEveryMs,
  });

  const store = stateStore(options, api, credential.podNamespace);
  const { joinToken } = options;
  const membership = new Membership({ controller, joinToken, store, clock, random, logger, environment });
  let tunnel: Tunnel | undefined;

  const connect = async (): Promise<void> => {
    await membership.open();
    if (stopping.signal.aborted) throw stopping.signal.reason;
    const opened = new Tunnel({
      addresses: () => membership.addresses(),
      credentials: () => membership.credentials(),
      mode: {
        kind: 'reversed',
        accept: (target, stream) => {
          if (target === 'kubernetes') servers.kubernetes.serve(stream);
          else if (target === 'control') serveHttp(servers.control, stream);
          else throw new AgentError('POSTERN_NOT_FOUND', `an agent serves no ${target}`);
        },
      },
      clock,
      random,
      environment,
    });
    tunnel = opened;
    opened.onState((state) => {
      if (state.kind === 'waiting') logger.warn({ tunnel: state.kind, err: state.lastError }, 'the tunnel is not open');
      else logger.info({ tunnel: state.kind }, 'the tunnel changed');
    });
    membership.onRenewed(() => {
      opened.rotate().catch((error: unknown) => logger.warn({ err: error }, 'could not move onto the new certificate'));
    });
    await opened.whenOpen(stopping.signal);
    logger.info({ cluster: membership.cluster }, 'connected');
  };

  reaper.start();
  const ready = connect();
  // Whoever started the agent may look at `ready` late or never.
  ready.catch(() => undefined);

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stopping.abort(new AgentError('POSTERN_INTERNAL', 'the agent is stopping'));
    membership.close();
    await ready.catch(() => undefined);
    await tunnel?.close({ drainMs });
    await reaper.close();
    servers.kubernetes.destroy();
    servers.control.closeAllConnections();
    api.close();
  };
  return {
    ready,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function stateStore(options: AgentOptions, api: KubernetesApi, podNamespace: string | undefined): StateStore {
  if (options.stateDir !== undefined) return stateFolder(options.stateDir);
  if (options.kubeconfig === undefined) return stateSecret(api, podNamespace ?? accountNamespace);
  throw new AgentError('POSTERN_USAGE', 'an agent beside its cluster needs a state folder', {
    hint: 'give --state-dir DIR',
  });
}
