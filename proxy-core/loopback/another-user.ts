import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/** The kernel's tables of this network namespace; an IPv6 socket can reach an IPv4 address too. */
const tables = ['/proc/net/tcp', '/proc/net/tcp6'];

interface Row {
  localPort: number;
  remotePort: number;
  uid: number;
  /** 0 where no process holds the socket any more. */
  inode: number;
}

/**
 * Whether another user of this machine holds the other end of a loopback connection. Any of them can connect, and an address
 * that a browser is started with stands in the process list for all to read.
 *
 * Known on Linux only; elsewhere, where the kernel does not say, and where the other end is no socket of this system (the
 * Windows around a WSL), false.
 *
 * @param readTable the text of one of the kernel's tables
 */
export function isOfAnotherUser(
  { localPort, remotePort }: Pick<Socket, 'localPort' | 'remotePort'>,
  readTable = readIfThere,
): boolean {
  if (process.platform !== 'linux' || process.getuid === undefined) return false;
  const own = process.getuid();
  const theirs = readRows(readTable)?.filter((row) => row.localPort === remotePort && row.remotePort === localPort);
  if (theirs === undefined) return false;
  // Root reads our memory anyway, and relays for WSL and containers. What it seems to own may be a socket that was let go.
  if (theirs.length > 0) return theirs.some(({ uid, inode }) => inode === 0 || (uid !== own && uid !== 0));
  // Read anew: a connection that was broken off just now is in no table, but had an owner. In the tables of WSL 1, which are
  // there and always empty, not even that which listens on our port is.
  const ours = readRows(readTable)?.filter((row) => row.localPort === localPort) ?? [];
  return ours.length > 0 && !ours.some((row) => row.remotePort === remotePort);
}

/** @returns undefined where the kernel does not say */
function readRows(readTable: (path: string) => string): Row[] | undefined {
  try {
    return tables.flatMap((path) => rowsOf(readTable(path)));
  } catch {
    return undefined;
  }
}

/** Without IPv6 there is no table of it. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && path !== tables[0]) return '';
    throw error;
  }
}

/** `sl: local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`; addresses in hexadecimal. */
function rowsOf(table: string): Row[] {
  return table
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const [, local = '', remote = '', , , , , uid, , inode] = line.trim().split(/\s+/);
      return { localPort: portOf(local), remotePort: portOf(remote), uid: Number(uid), inode: Number(inode) };
    });
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}
