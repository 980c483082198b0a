import type { TLSSocket } from 'node:tls';
import type { PosternError } from '../contract/errors.ts';
import { AcceptingConnection, type ConnectionOptions, OpeningConnection } from './connection.ts';
import { reversedTunnelProtocol, type StreamAcceptor, type StreamOpener, type TunnelConnection } from './types.ts';

/**
 * Takes a visitor's connection whose ALPN is `tunnelProtocol`, after the TLS handshake and after the caller has decided
 * that the certificate may have a tunnel.
 *
 * @example
 * tlsServer.on('secureConnection', (socket) => {
 *   if (socket.alpnProtocol === tunnelProtocol) acceptTunnel(socket, (target, stream) => serveHttp(gateway, stream));
 * });
 */
export function acceptTunnel(
  socket: TLSSocket,
  accept: StreamAcceptor,
  options: ConnectionOptions = {},
): TunnelConnection {
  return new AcceptingConnection(socket, accept, options);
}

/** Takes an agent's connection, whose ALPN is `reversedTunnelProtocol`: streams are opened towards whoever dialled. */
export function openOverTunnel(socket: TLSSocket, options: ConnectionOptions = {}): TunnelConnection & StreamOpener {
  return new OpeningConnection(socket, options);
}

/**
 * Tells a visitor why it may not have a tunnel, then closes. The visitor's `Tunnel` waits with a
 * `POSTERN_TUNNEL_REFUSED` whose cause is `reason`.
 */
export function refuseTunnel(socket: TLSSocket, reason: PosternError): void {
  const connection =
    socket.alpnProtocol === reversedTunnelProtocol
      ? new OpeningConnection(socket)
      : new AcceptingConnection(socket, () => {
          throw reason;
        });
  connection.destroy(reason);
}
