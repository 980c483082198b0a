import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KubeconfigError } from './errors.ts';

export interface LockClock {
  now(): Date;
  setTimeout(callback: () => void, ms: number): unknown;
}

/** How long another program may hold the lock before we give up; kubectl holds it for milliseconds. */
export const lockWaitMs = 5000;
const pollMs = 25;

/**
 * Takes kubectl's own lock on a kubeconfig: `<file>.lock`, created exclusively, removed afterwards. kubectl does not wait
 * for it, so hold it briefly.
 *
 * @returns the release
 * @throws {KubeconfigError} `POSTERN_KUBECONFIG_LOCKED` after `lockWaitMs`, `POSTERN_KUBECONFIG_UNWRITABLE`
 * @see Kubernetes client-go, tools/clientcmd/loader.go, lockFile
 */
export async function lockKubeconfig(path: string, clock: LockClock): Promise<() => Promise<void>> {
  const lock = `${path}.lock`;
  const deadline = clock.now().getTime() + lockWaitMs;
  for (;;) {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(lock, 'wx', 0o600);
      const release = () => rm(lock, { force: true });
      try {
        await file.writeFile(ownMark(process.pid)).finally(() => file.close());
      } catch (error) {
        // On a full disk there is room for an empty file: it would lock kubectl, and us, out for good.
        await release();
        throw error;
      }
      return release;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new KubeconfigError(
          'POSTERN_KUBECONFIG_UNWRITABLE',
          `${lock} cannot be made: ${(cause as Error).message}`,
          {
            cause,
            hint: `check the permissions and the free space of ${dirname(path)}`,
          },
        );
      }
    }
    if (await removeIfLeftByUs(lock)) continue;
    if (clock.now().getTime() >= deadline) {
      throw new KubeconfigError('POSTERN_KUBECONFIG_LOCKED', `${path} is locked by another program (${lock})`, {
        hint: `remove ${lock} if no kubectl is running`,
      });
    }
    await new Promise<void>((resolve) => clock.setTimeout(resolve, pollMs));
  }
}

const ownMark = (pid: number) => `postern ${pid}\n`;

/** A Postern that was killed with the lock in its hand must not lock kubectl out for good. kubectl's own locks are empty. */
async function removeIfLeftByUs(lock: string): Promise<boolean> {
  const content = await readFile(lock, 'utf8').catch(() => '');
  const pid = Number(/^postern (\d+)\n$/.exec(content)?.[1]);
  if (!Number.isInteger(pid) || pid === process.pid || isRunning(pid)) return false;
  await rm(lock, { force: true });
  return true;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
