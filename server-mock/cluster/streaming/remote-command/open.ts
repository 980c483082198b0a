import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { refuseUpgrade, StatusError } from '../../status.ts';
import { isWebSocketUpgrade } from '../websocket.ts';
import { openOverSpdy } from './over-spdy.ts';
import { openOverWebSocket } from './over-websocket.ts';
import type { RemoteCommand, RemoteCommandOptions } from './remote-command.ts';

/**
 * Answers the upgrade of an exec or attach, in whichever protocol it asks for. Where the client cannot be served, it is
 * told so and undefined is returned.
 */
export function openRemoteCommand(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: RemoteCommandOptions,
  clock: Clock,
): Promise<RemoteCommand | undefined> {
  if (isWebSocketUpgrade(request)) return openOverWebSocket(request, socket, head, options, clock);
  if (request.headers.upgrade?.toUpperCase() === 'SPDY/3.1') return openOverSpdy(request, socket, head, options, clock);
  refuseUpgrade(socket, new StatusError(400, 'BadRequest', 'Upgrade request required'));
  return Promise.resolve(undefined);
}
