import { createHash } from 'node:crypto';
import type { Server } from 'node:net';
import { join } from 'node:path';
import { readTextIfPresent, writeTextAtomically } from '../state-folder/text-file.ts';
import { ProxyError } from './errors.ts';

/** Below every operating system's range for outgoing connections, so that no browser tab sits on our port after a restart. */
const firstPort = 20_000;
const portCount = 10_000;
/** Ports that a first start tries before it gives up. */
const attempts = 50;
const loopback = '127.0.0.1';

/**
 * Makes the server listen on the port that belongs to this state folder. The first start takes a free one by listening on
 * it, and writes it down; every later start listens on that one and no other, for it stands in kubeconfigs.
 *
 * @param wanted a port the person insists on; it is used and not written down
 * @throws {ProxyError} `POSTERN_PROXY_PORT_TAKEN` where another program listens there
 * @throws {StateError}
 */
export async function listenOnKeptPort(server: Server, folder: string, wanted?: number): Promise<number> {
  if (wanted !== undefined) {
    await listenOrSayTaken(server, wanted, 'choose another port');
    return wanted;
  }
  const file = join(folder, 'port');
  const kept = parsePort(await readTextIfPresent(file));
  if (kept !== undefined) {
    await listenOrSayTaken(
      server,
      kept,
      `end the program that listens on ${kept}, or remove ${file} to move Postern to another port`,
    );
    return kept;
  }
  for (const port of candidates(folder)) {
    if (!(await listen(server, port))) continue;
    await writeTextAtomically(file, `${port}\n`);
    return port;
  }
  throw new ProxyError('POSTERN_PROXY_PORT_TAKEN', `no free port was found for the local proxy on ${loopback}`, {
    hint: 'end a program that listens there',
  });
}

/** Where the search starts depends on the folder, so that the Posterns of one machine do not meet. */
function* candidates(folder: string): Generator<number> {
  const start = createHash('sha256').update(folder).digest().readUInt32BE(0);
  for (let attempt = 0; attempt < attempts; attempt++) yield firstPort + ((start + attempt * 7) % portCount);
}

function parsePort(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text?.trim() ?? '') ? Number(text) : 0;
  return port >= 1024 && port <= 65_535 ? port : undefined;
}

async function listenOrSayTaken(server: Server, port: number, hint: string): Promise<void> {
  if (await listen(server, port)) return;
  throw new ProxyError('POSTERN_PROXY_PORT_TAKEN', `port ${port} on ${loopback} is used by another program`, { hint });
}

/** @returns false where the port is taken or not ours to take */
function listen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.removeListener('listening', onListening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    const onListening = () => {
      server.removeListener('error', onError);
      resolve(true);
    };
    server.once('error', onError);
    server.once('listening', onListening);
    // `exclusive`: never shared through a cluster module's parent.
    server.listen({ host: loopback, port, exclusive: true });
  });
}
