import { renameSync } from 'node:fs';
import type { Problem } from '../contract/app.ts';

/** SQLITE_CORRUPT and SQLITE_NOTADB, with their extended forms. */
export function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && ((code & 0xff) === 11 || (code & 0xff) === 26);
}

/** Moves a damaged log out of the way, whole, so that nothing of it is lost to whoever can repair it. */
export function setAside(path: string, now: Date): Problem {
  const aside = `${path}.damaged-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      renameSync(path + suffix, aside + suffix);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return {
    code: 'POSTERN_STATE_UNREADABLE',
    message: `The session log was damaged. It was set aside as ${aside}, and a new one begun.`,
    hint: null,
  };
}
