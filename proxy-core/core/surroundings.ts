import type { Logger as PinoLogger } from 'pino';

/** The clock and its timers, passed in so that tests can move time. */
export interface Clock {
  now(): Date;
  setTimeout(callback: () => void, ms: number): NodeJS.Timeout;
  clearTimeout(timer: NodeJS.Timeout): void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** A number in [0, 1), as `Math.random`. */
export type Random = () => number;

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;
