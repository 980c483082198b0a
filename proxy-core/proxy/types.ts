import type { AuditEvent } from '../contract/sessions.ts';
import type { RequestEnd, RequestOrigin } from '../session-log/types.ts';
import type { UpstreamPool } from '../tunnel/index.ts';
import type { ClientTokens } from './client-tokens.ts';

/** Whether a request can go out now. What is not `open` is answered with a Kubernetes Status that says what to do. */
export type AccessState =
  | { kind: 'open' }
  /** The person signed out, or never signed in: 401 at once. */
  | { kind: 'signed-out' }
  /** The sign-in is being restored or has lapsed: the request waits 3 s, then 504. */
  | { kind: 'sign-in-needed' }
  /** Signed in, but no tunnel is open: the request waits 3 s, then 503 with the reason. */
  | { kind: 'connecting'; problem: string | null }
  /** An administrator revoked the user or the device: 403 at once, with the message of the push. */
  | { kind: 'revoked'; message: string };

/** Which role a path's cluster and (perhaps) role mean for the person who is signed in. */
export type RoleResolution =
  | { kind: 'role'; role: string }
  | { kind: 'cluster-unknown' }
  | { kind: 'role-not-held'; held: string[] }
  /** The controller said that no agent of the cluster is connected. */
  | { kind: 'cluster-offline'; since: string };

/** Who the requests are of, for the session log. */
export type RequestOwner = Pick<AuditEvent, 'user' | 'groups' | 'device'>;

/** What the proxy needs of the rest of the core. The functions are called per request: they must answer from memory. */
export interface Upstream {
  /** Its connections are tunnel streams to the controller's target `gateway`. */
  pool: UpstreamPool;
  state(): AccessState;
  /** Tells of every change of {@link Upstream.state}; returns its own undo. */
  onState(listener: () => void): () => void;
  resolveRole(cluster: string, role: string | undefined): RoleResolution;
  owner(): RequestOwner | undefined;
}

export interface RequestLog {
  started(event: AuditEvent, origin: RequestOrigin): void;
  completed(auditId: string, end: RequestEnd): void;
}

export interface ProxyClock {
  now(): Date;
  setTimeout(callback: () => void, ms: number): NodeJS.Timeout;
  clearTimeout(timer: NodeJS.Timeout): void;
}

export interface ProxyLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LocalProxyOptions {
  /** `POSTERN_HOME/proxy`: CA, server certificate and port live here. */
  folder: string;
  /** Only where the person insists on one; else the port of the last start, else a new one that is kept from then on. */
  port?: number;
  upstream: Upstream;
  tokens: ClientTokens;
  log: RequestLog;
  logger: ProxyLogger;
  clock?: ProxyClock;
}

export interface LocalProxy {
  /** `https://127.0.0.1:<port>`; a context's server is `<url>/clusters/<cluster>[/roles/<role>]`. */
  readonly url: string;
  readonly port: number;
  /** To be embedded in the kubeconfig. */
  readonly caPem: string;
  /** Stops accepting, lets short requests finish for up to `graceMs` (default 500), ends the rest. Idempotent. */
  close(options?: { graceMs?: number }): Promise<void>;
}
