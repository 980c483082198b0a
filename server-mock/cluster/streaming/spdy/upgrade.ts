import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { refuseUpgrade, StatusError } from '../../status.ts';

/**
 * Answers a request for SPDY/3.1 with `101 Switching Protocols`, or refuses it where the client offers no
 * X-Stream-Protocol-Version that is supported.
 *
 * @returns whether the socket now speaks SPDY
 * @see Kubernetes apimachinery pkg/util/httpstream/httpstream.go, Handshake (v1.33)
 */
export function acceptSpdy(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  supported: readonly string[],
): boolean {
  const offered = [request.headers['x-stream-protocol-version'] ?? []]
    .flat()
    .flatMap((value) => value.split(',').map((version) => version.trim()));
  const version = supported.find((candidate) => offered.includes(candidate));
  if (version === undefined) {
    const message = `unable to upgrade: unable to negotiate protocol: client supports ${JSON.stringify(offered)}, server accepts ${JSON.stringify(supported)}`;
    refuseUpgrade(socket, new StatusError(403, 'Forbidden', message));
    return false;
  }
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${version}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return true;
}
