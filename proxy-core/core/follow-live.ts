import type { LiveEvent } from '../contract/controller.ts';
import type { ControllerClient } from './controller-client.ts';
import type { Clock, Logger, Random } from './surroundings.ts';

interface FollowOptions {
  live: ControllerClient['live'];
  /** Resolves when the tunnel is open. */
  whenOpen(signal: AbortSignal): Promise<void>;
  onEvent(event: LiveEvent): void;
  /** The feed broke off, or could not be opened; it is tried again all the same. */
  onBreak(error: unknown): void;
  signal: AbortSignal;
  clock: Clock;
  random: Random;
  logger: Logger;
}

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/** Keeps the controller's pushes coming for as long as the signal lets it: opened anew after every break, with jitter. */
export async function followLive(options: FollowOptions): Promise<void> {
  const { signal, clock, random, logger } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      await options.whenOpen(signal);
      for await (const event of await options.live.watch(undefined, { signal })) {
        failures = 0;
        options.onEvent(event);
      }
      options.onBreak(undefined);
    } catch (error) {
      if (signal.aborted) return;
      logger.info({ err: error }, 'the feed of the controller broke off');
      options.onBreak(error);
    }
    const ceilingMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 10));
    failures += 1;
    await pause(clock, random() * ceilingMs, signal);
  }
}

function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimeout(done, delayMs);
    signal.addEventListener('abort', done, { once: true });
  });
}
