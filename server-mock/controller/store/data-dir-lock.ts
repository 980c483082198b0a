import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ControllerError } from '../errors.ts';

/** SQLite's result code for a lock that somebody else holds. */
const busy = 5;

/**
 * Claims the data folder for this process. What is revoked and which sessions run is kept in memory, so a second
 * controller on the folder would let in whom the first has shut out, and take its running requests for dead.
 *
 * Node has no file locks; SQLite does, and the operating system drops them with the process, however it ends. It is a file
 * of its own, so that the store can be read and backed up meanwhile.
 *
 * @returns the claim's end
 * @throws {ControllerError} `POSTERN_STORE_FAILED`
 */
export async function lockDataDir(dataDir: string): Promise<() => void> {
  const path = join(dataDir, 'controller.lock');
  let lock: DatabaseSync | undefined;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await (await open(path, 'a', 0o600)).close();
    await chmod(path, 0o600);
    lock = new DatabaseSync(path);
    lock.exec('begin exclusive');
  } catch (cause) {
    if (lock?.isOpen) lock.close();
    if ((cause as { errcode?: number }).errcode === busy) {
      throw new ControllerError('POSTERN_STORE_FAILED', `another controller runs on ${dataDir}`, {
        cause,
        hint: 'end it first, or give this one a dataDir of its own',
      });
    }
    throw new ControllerError('POSTERN_STORE_FAILED', `${dataDir} cannot be used: ${(cause as Error).message}`, {
      cause,
    });
  }
  const held = lock;
  return () => {
    if (held.isOpen) held.close();
  };
}
