import type { Duplex } from 'node:stream';
import type { PosternError } from '../contract/errors.ts';
import type { TunnelError } from './errors.ts';

/**
 * Where a stream goes, as its HTTP/2 CONNECT `:authority`: `gateway` and `api` towards the controller, `control` and
 * `kubernetes` towards an agent.
 */
export type StreamTarget = 'gateway' | 'api' | 'control' | 'kubernetes';

/** The ALPN names by which the controller's one TLS listener tells its visitors apart; `http/1.1` is the API and the console. */
export const tunnelProtocol = 'postern-tunnel/1';
export const reversedTunnelProtocol = 'postern-reversed-tunnel/1';

/** Whoever can open streams towards a peer. */
export interface StreamOpener {
  /**
   * @throws {TunnelError} `POSTERN_TUNNEL_UNAVAILABLE` with no open connection, `POSTERN_TUNNEL_REFUSED` where the peer
   *   answers the CONNECT with anything but 200
   */
  open(target: StreamTarget, options?: { signal?: AbortSignal }): Promise<Duplex>;
}

/** Receives the streams that a peer opens. Throwing refuses the stream; a thrown `PosternError` reaches the opener as the cause. */
export type StreamAcceptor = (target: StreamTarget, stream: Duplex) => void;

/** PEM texts. `ca` is the only authority trusted for the peer. */
export interface TunnelCredentials {
  key: string;
  certificate: string;
  ca: string;
}

/** Who is at the other end, as its certificate says. */
export interface PeerIdentity {
  /** `host:port` as dialled, or as seen by the socket on the accepting side. */
  address: string;
  commonName: string;
}

export type CloseReason =
  /** Closed on this side. */
  | { kind: 'local' }
  /** The peer said goodbye; `error` is what it gave as the reason, where it gave one (a revocation, a restart). */
  | { kind: 'peer'; error: PosternError | null }
  /** The connection broke or the peer stopped answering. */
  | { kind: 'lost'; error: TunnelError };

/** A tunnel is always in exactly one of these. `open` while at least one connection is. */
export type TunnelState =
  | { kind: 'connecting'; attempt: number; since: Date }
  | { kind: 'open'; peer: PeerIdentity; since: Date }
  | { kind: 'waiting'; retryAt: Date; lastError: TunnelError }
  | { kind: 'closed'; reason: CloseReason };

/** One TLS connection of a tunnel, seen from either side. */
export interface TunnelConnection {
  readonly peer: PeerIdentity;
  readonly openStreams: number;
  /** The last keepalive round trip; null before the first. */
  readonly latencyMs: number | null;
  /** False from the moment that either side began to close: no new streams, existing ones run on. */
  readonly acceptsStreams: boolean;
  /** Called once, when the connection is gone (at once if it already is). Returns its own undo. */
  onClose(listener: (reason: CloseReason) => void): () => void;
  /** Ordered: no new streams, existing ones may finish for `drainMs` (default {@link defaultDrainMs}), then all is destroyed. */
  close(options?: { drainMs?: number; reason?: PosternError }): Promise<void>;
  /** At once, with every stream; `reason` is told to the peer. For revocations. */
  destroy(reason?: PosternError): void;
}
