import { pino } from 'pino';
import type { Logger } from './surroundings.ts';

/** What stderr does not take for now may wait up to this; the rest is lost. */
const waitingBytes = 64 * 1024;

/** JSON lines on stderr; `POSTERN_LOG` sets the level (default `warn`). */
export function stderrLogger(environment: NodeJS.ProcessEnv = process.env, name = 'postern'): Logger {
  const level = environment.POSTERN_LOG;
  const stderr = pino.destination({ fd: 2, sync: true, maxLength: waitingBytes });
  // A full disk, or a terminal that was closed, must not end what the log is about; there is nowhere left to say it.
  stderr.on('error', () => {});
  return pino(
    { name, level: level !== undefined && (level === 'silent' || level in pino.levels.values) ? level : 'warn' },
    stderr,
  );
}
