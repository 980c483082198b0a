import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { refuseUpgrade, StatusError } from '../status.ts';

/** The largest message taken from a client. kubectl sends at most 32 KiB and a channel byte. */
const largestMessage = 1_048_576;

export function isWebSocketUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

/** The subprotocols that the client offers, in its order. */
export function offeredProtocols(request: IncomingMessage): string[] {
  const offered = request.headers['sec-websocket-protocol'] ?? '';
  return offered.split(',').flatMap((protocol) => protocol.trim() || []);
}

/**
 * Answers a WebSocket upgrade, or refuses it with a Status where none of `supported` is offered.
 *
 * The subprotocol is chosen here and not by `ws`, which rejects `SPDY/3.1+portforward.k8s.io`: a slash is no token
 * character (RFC 9110 section 5.6.2), but it is what kubectl sends.
 *
 * @param supported by preference
 */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  supported: readonly string[],
): Promise<{ webSocket: WebSocket; protocol: string } | undefined> {
  const offered = offeredProtocols(request);
  const protocol = supported.find((candidate) => offered.includes(candidate));
  if (protocol === undefined) {
    const message = `unable to upgrade: none of the protocols ${JSON.stringify(offered)} is supported (${supported.join(', ')})`;
    refuseUpgrade(socket, new StatusError(400, 'BadRequest', message));
    return Promise.resolve(undefined);
  }
  delete request.headers['sec-websocket-protocol'];
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: largestMessage,
  });
  server.on('headers', (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  return new Promise((resolve) => {
    // `ws` answers a malformed handshake itself and then closes the socket without calling back.
    const refused = () => resolve(undefined);
    socket.once('close', refused);
    server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('close', refused);
      resolve({ webSocket, protocol });
    });
  });
}
