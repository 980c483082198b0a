/** The first retry comes within half a second, later ones ever more rarely, never rarer than every 15 s on average. */
export const backOffBaseMs = 500;
export const backOffCapMs = 30_000;
/** A connection must have been open this long before its loss counts as a first one again. */
export const backOffGraceMs = 10_000;

/**
 * Exponential back-off with full jitter: anything from nothing to the doubled ceiling, so that the clients of a restarted
 * controller do not come back in one wave.
 *
 * @param attempt 0 for the first retry
 * @param random in [0, 1)
 * @see AWS Architecture Blog, "Exponential Backoff And Jitter"
 */
export function backOffMs(attempt: number, random: () => number): number {
  return Math.floor(random() * Math.min(backOffCapMs, backOffBaseMs * 2 ** Math.min(attempt, 16)));
}
