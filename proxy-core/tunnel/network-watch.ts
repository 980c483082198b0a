import { networkInterfaces } from 'node:os';
import type { Clock } from './clock.ts';

/** The addresses that this machine has, as one text; another text means that the network changed. */
export function networkFingerprint(): string {
  return Object.entries(networkInterfaces())
    .flatMap(([name, addresses]) => (addresses ?? []).map(({ address }) => `${name} ${address}`))
    .sort()
    .join('\n');
}

/**
 * Calls `onTick` at an interval, and `onChange` when the machine's addresses changed or when it slept: a tick that comes
 * much later than asked for means that nobody was there in between.
 *
 * @returns its own undo
 */
export function watchNetwork(options: {
  clock: Clock;
  intervalMs: number;
  fingerprint(): string;
  onTick(): void;
  onChange(): void;
}): () => void {
  const { clock, intervalMs } = options;
  let known = options.fingerprint();
  let last = clock.now();
  let timer: unknown;
  const tick = () => {
    const now = clock.now();
    const present = options.fingerprint();
    const slept = now - last > 3 * intervalMs;
    const changed = present !== known;
    last = now;
    known = present;
    timer = clock.setTimeout(tick, intervalMs);
    options.onTick();
    if (slept || changed) options.onChange();
  };
  timer = clock.setTimeout(tick, intervalMs);
  return () => clock.clearTimeout(timer);
}
