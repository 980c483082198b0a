import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { WebSocket } from 'ws';
import type { AppContract } from '../contract/app.ts';
import { CoreError } from './errors.ts';
import { type CoreFile, processLives, readCoreFile } from './lock.ts';
import { fromOrpcError, translating } from './wire-errors.ts';

export type CoreClient = ContractRouterClient<AppContract>;

/** A core that is starting answers once it is up; what never answers is none. */
const handshakeTimeoutMs = 30_000;

/**
 * Connects to the core that runs on a state folder, as the command line does.
 *
 * @param path `StateFolder.core`
 * @throws {CoreError} `POSTERN_CORE_NOT_RUNNING`
 */
export async function connectToCore(path: string): Promise<{ client: CoreClient; core: CoreFile; close(): void }> {
  const core = await readCoreFile(path);
  if (!core || !processLives(core.pid)) throw notRunning();
  const socket = new WebSocket(new URL('/rpc', core.url.replace(/^http/, 'ws')), {
    headers: { authorization: `Bearer ${core.token}` },
    perMessageDeflate: false,
    handshakeTimeout: handshakeTimeoutMs,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', (cause) => reject(notRunning(cause)));
  });
  socket.on('error', () => socket.terminate());
  const link = new RPCLink({
    // Only the events and methods that both kinds of WebSocket have are used.
    websocket: socket as unknown as globalThis.WebSocket,
    interceptors: [
      (options) =>
        translating(
          () => options.next(),
          (error) => (socket.readyState === WebSocket.OPEN ? fromOrpcError(error) : ended(error)),
        ),
    ],
  });
  return { client: createORPCClient<CoreClient>(link), core, close: () => socket.close() };
}

function notRunning(cause?: unknown): CoreError {
  return new CoreError('POSTERN_CORE_NOT_RUNNING', 'Postern is not running', {
    cause,
    hint: 'start it with: postern up --controller URL',
  });
}

function ended(cause: unknown): CoreError {
  return new CoreError('POSTERN_CORE_NOT_RUNNING', 'Postern ended before it answered', { cause });
}
