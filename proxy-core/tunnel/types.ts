import type { Duplex } from 'node:stream';

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

/** Receives the streams that a peer opens. Throwing refuses the stream. */
export type StreamAcceptor = (target: StreamTarget, stream: Duplex) => void;
