import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StateError } from './errors.ts';

export interface WriteOptions {
  /** Permission bits of the file. Default 0600. */
  mode?: number;
}

/**
 * Makes the folder (and its parents), readable by nobody else.
 *
 * @throws {StateError} `POSTERN_STATE_UNWRITABLE`
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    const created = await mkdir(path, { recursive: true, mode: 0o700 });
    // A folder that was there keeps its owner's choice, unless others could read what is inside.
    if (created === undefined && process.platform !== 'win32') await chmod(path, 0o700);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/**
 * Replaces a file's content so that every reader sees the old text or the new one, whole, whatever happens in between:
 * written beside it, synced, renamed over it, and the folder synced.
 *
 * @throws {StateError} `POSTERN_STATE_UNWRITABLE` (disk full, permissions); the old content is intact and nothing is left beside it
 */
export async function writeTextAtomically(path: string, text: string, options: WriteOptions = {}): Promise<void> {
  const mode = options.mode ?? 0o600;
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.new`);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(text);
      // The process's umask may have taken bits away.
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw unwritable(path, cause);
  }
  await syncFolder(dirname(path));
}

/**
 * @returns the file's text, or undefined where there is no such file
 * @throws {StateError} `POSTERN_STATE_UNREADABLE`
 */
export async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StateError('POSTERN_STATE_UNREADABLE', `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
      hint: `check the permissions of ${path}`,
    });
  }
}

/** Makes the rename itself durable. Not every file system can (and Windows cannot); the rename has happened all the same. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r').catch(() => undefined);
  if (folder === undefined) return;
  try {
    await folder.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EIO') throw unwritable(path, error);
  } finally {
    await folder.close();
  }
}

function unwritable(path: string, cause: unknown): StateError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const hint =
    code === 'ENOSPC' || code === 'EDQUOT' ? 'free some disk space' : `check the permissions of ${dirname(path)}`;
  return new StateError('POSTERN_STATE_UNWRITABLE', `${path} cannot be written: ${message}`, { cause, hint });
}
