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
    pino.destination({ fd: 2, sync: true }),
  );
}
