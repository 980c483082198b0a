import type { Logger as PinoLogger } from 'pino';
import type { Clock } from '../tunnel/index.ts';

export type { Clock };

/** A number in [0, 1), as `Math.random`. */
export type Random = () => number;

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** Contract times are ISO 8601 in UTC. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
