import type { Logger } from 'pino';
import type { Clock } from '../../proxy-core/tunnel/index.ts';

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
  /** How often idle and expired accounts are looked for. */
  checkEveryMs?: number;
  clock?: Clock;
  /** [0, 1), for jitter. */
  random?: () => number;
  logger?: Logger;
  environment?: Record<string, string | undefined>;
}

export interface RunningAgent {
  /** Resolves when joined and a tunnel is open; rejects where that can never be (token refused, controller not trusted). */
  ready: Promise<void>;
  /** Ordered: stops the reaper, lets the tunnel drain, closes. Accounts stay for their idle time. Idempotent. */
  close(): Promise<void>;
}

export declare function startAgent(options: AgentOptions): Promise<RunningAgent>;
