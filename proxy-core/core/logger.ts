import { writeSync } from 'node:fs';
import { pino } from 'pino';
import type { Logger } from './surroundings.ts';

/** JSON lines on stderr; `POSTERN_LOG` sets the level (default `warn`). */
export function stderrLogger(environment: NodeJS.ProcessEnv = process.env): Logger {
  const level = environment.POSTERN_LOG;
  return pino(
    {
      name: 'postern',
      level: level !== undefined && (level === 'silent' || level in pino.levels.values) ? level : 'warn',
    },
    stderr,
  );
}

/** What stderr does not take is lost: a full disk, or a terminal that was closed, must not end what the log is about. */
const stderr = {
  write(lines: string): void {
    try {
      writeSync(2, lines);
    } catch {
      // There is nowhere left to say it.
    }
  },
};
