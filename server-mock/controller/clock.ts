export { type Clock, systemClock } from '../../proxy-core/tunnel/index.ts';

let last = { ms: Number.NaN, text: '' };

/** ISO 8601 in UTC. One text serves all that happens in a millisecond. */
export function timestamp(ms: number): string {
  if (last.ms !== ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}
