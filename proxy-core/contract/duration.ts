import * as z from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A length of time as people write it in policy and configuration: `90s`, `15m`, `8h`, `30d`. */
export const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,8}(ms|s|m|h|d)$/, 'must be a duration such as 90s, 15m, 8h or 30d');

/** At most what JSON carries exactly: longer than anything runs. @throws {RangeError} where `text` is not a {@link duration} */
export function durationMs(text: string): number {
  const match = /^([1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new RangeError(`not a duration: ${text}`);
  return Math.min(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs], Number.MAX_SAFE_INTEGER);
}
