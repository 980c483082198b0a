import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { StateError } from '../state-folder/index.ts';
import { CoreError } from './errors.ts';

/** How the command line reaches a running core. `core.json`, mode 0600: whoever can read it can act for the user. */
export const coreFile = z.object({ pid: z.int().positive(), url: z.string(), token: z.string() });
export type CoreFile = z.infer<typeof coreFile>;

export interface CoreLock {
  release(): Promise<void>;
}

const probeTimeoutMs = 1_000;

/**
 * Claims the state folder for this process. The file appears whole and only if there is none (`link` fails on an existing
 * name), so of two that start at once one wins; what a killed core left behind is noticed and taken over.
 *
 * @param answers whether a core answers at a `core.json` that is there; a pid alone may by now be another program's
 * @throws {CoreError} `POSTERN_CORE_RUNNING`
 * @throws {StateError} `POSTERN_STATE_UNWRITABLE`
 */
export async function lockCore(
  path: string,
  own: CoreFile,
  answers: (other: CoreFile) => Promise<boolean> = coreAnswers,
): Promise<CoreLock> {
  const text = `${JSON.stringify(own)}\n`;
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(beside, text, { mode: 0o600, flag: 'wx' });
    for (;;) {
      if (await claim(beside, path)) break;
      const other = await readCoreFile(path);
      if (other && processLives(other.pid) && (await answers(other))) {
        throw new CoreError(
          'POSTERN_CORE_RUNNING',
          `Postern already runs on this state folder (process ${other.pid})`,
          {
            hint: 'use it with the other postern commands, or end it first',
          },
        );
      }
      await discard(path, other);
    }
  } catch (cause) {
    if (cause instanceof CoreError) throw cause;
    throw new StateError('POSTERN_STATE_UNWRITABLE', `${path} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    await rm(beside, { force: true });
  }
  return {
    async release() {
      const present = await readCoreFile(path);
      if (present?.token === own.token) await rm(path, { force: true });
    },
  };
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

/** Asks the core itself; a core that is busy starting answers too. */
export async function coreAnswers({ url, token }: CoreFile): Promise<boolean> {
  try {
    const response = await fetch(new URL('/alive', url), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    await response.body?.cancel();
    return response.status === 204;
  } catch {
    // Nothing listens there, or nothing that speaks HTTP in time.
    return false;
  }
}

async function claim(beside: string, path: string): Promise<boolean> {
  try {
    await link(beside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale file out of the way. Where another process has put its own there meanwhile, that one is put back. */
async function discard(path: string, stale: CoreFile | undefined): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readCoreFile(aside);
  if (moved && moved.token !== stale?.token) await claim(aside, path);
  await rm(aside, { force: true });
}
