import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import { WebSocket } from 'ws';
import type { AppContract } from '../contract/app.ts';
import { CoreError } from './errors.ts';
import { type CoreFile, processLives, readCoreFile } from './lock.ts';
import { fromOrpcError, translating } from './wire-errors.ts';

export type CoreClient = ContractRouterClient<AppContract>;

/** A core that is starting answers once it is up. */
const answerWithinMs = 30_000;

/**
 * Connects to the core that runs on a state folder, as the command line does.
 *
 * @param path `StateFolder.core`
 * @throws {CoreError} `POSTERN_CORE_NOT_RUNNING`; `POSTERN_CORE_RUNNING` where one runs that does not answer
 */
export async function connectToCore(
  path: string,
  options: { answerWithinMs?: number } = {},
): Promise<{ client: CoreClient; core: CoreFile; close(): void }> {
  const core = await readCoreFile(path);
  if (!core || !processLives(core.pid)) throw notRunning();
  const socket = new WebSocket(new URL('/rpc', core.url.replace(/^http/, 'ws')), {
    headers: { authorization: `Bearer ${core.token}` },
    perMessageDeflate: false,
  });
  await opened(socket, core.pid, options.answerWithinMs ?? answerWithinMs);
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

/** One that is there and stays silent must not be taken for none: its log would be written from two sides. */
async function opened(socket: WebSocket, pid: number, withinMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(silent(pid)), withinMs);
      socket.once('open', resolve);
      socket.once('unexpected-response', (_request, { statusCode }) =>
        reject(statusCode === 503 ? full(pid) : notRunning()),
      );
      socket.once('error', (cause) => reject(notRunning(cause)));
    });
  } catch (error) {
    // Breaking off the handshake is an error of its own.
    socket.on('error', () => undefined);
    socket.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function silent(pid: number): CoreError {
  return new CoreError('POSTERN_CORE_RUNNING', `Postern runs (process ${pid}), but does not answer`, {
    hint: `where it was suspended (Ctrl-Z), go on with it (fg); else end it: kill -9 ${pid}`,
  });
}

function full(pid: number): CoreError {
  return new CoreError('POSTERN_CORE_RUNNING', `Postern (process ${pid}) has too many connections open`, {
    hint: 'close windows of its interface, or end other postern commands',
  });
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
