import { readFile, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { StateError, writeTextAtomically } from '../state-folder/index.ts';
import { CoreError } from './errors.ts';

/** How the command line reaches a running core. `core.json`, mode 0600: whoever can read it can act for the user. */
export const coreFile = z.object({ pid: z.int().positive(), url: z.string(), token: z.string() });
export type CoreFile = z.infer<typeof coreFile>;

export interface CoreLock {
  release(): Promise<void>;
}

/** SQLite's result code for a lock that somebody else holds. */
const busy = 5;

/**
 * Claims the state folder for this process, and says in `core.json` how to reach it.
 *
 * Node has no file locks; SQLite does, on every system, and the operating system drops them with the process, however it
 * ends. So what a killed core left behind needs no detection: its `core.json` is simply replaced.
 *
 * @throws {CoreError} `POSTERN_CORE_RUNNING`
 * @throws {StateError} `POSTERN_STATE_UNWRITABLE`
 */
export async function lockCore(path: string, own: CoreFile): Promise<CoreLock> {
  const lock = await takeLock(path.replace(/(\.json)?$/, '.lock'), path);
  try {
    await writeTextAtomically(path, `${JSON.stringify(own)}\n`);
  } catch (error) {
    lock.close();
    throw error;
  }
  return {
    async release() {
      if (!lock.isOpen) return;
      await rm(path, { force: true });
      lock.close();
    },
  };
}

async function takeLock(lockPath: string, path: string): Promise<DatabaseSync> {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockPath);
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    if (lock?.isOpen) lock.close();
    if ((cause as { errcode?: number }).errcode !== busy) {
      throw new StateError('POSTERN_STATE_UNWRITABLE', `${lockPath} cannot be locked: ${(cause as Error).message}`, {
        cause,
      });
    }
    const other = await readCoreFile(path);
    throw new CoreError(
      'POSTERN_CORE_RUNNING',
      `Postern already runs on this state folder${other ? ` (process ${other.pid})` : ''}`,
      { hint: 'use it with the other postern commands, or end it first' },
    );
  }
}

/** @returns undefined where there is none, or none that can be understood */
export async function readCoreFile(path: string): Promise<CoreFile | undefined> {
  try {
    return coreFile.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Missing, unreadable or half of something else: in each case no core can be reached through it.
    return undefined;
  }
}

/** Whether the process still runs; one of another user counts. */
export function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
