import type { Clock } from './surroundings.ts';

const tickMs = 5_000;
/** Later than this and the machine slept, or the process was stopped; a busy event loop is never that late. */
const jumpMs = 15_000;

/**
 * Notices that the machine slept: a timer that should have fired long ago fires only now. For hosts without an operating
 * system hook; the desktop shell reports wake-ups itself.
 *
 * @returns the undo
 */
export function onTimeJump(clock: Clock, jumped: () => void): () => void {
  let timer: unknown;
  const plan = (): void => {
    const due = clock.now() + tickMs;
    timer = clock.setTimeout(() => {
      if (clock.now() - due > jumpMs) jumped();
      plan();
    }, tickMs);
  };
  plan();
  return () => clock.clearTimeout(timer);
}
