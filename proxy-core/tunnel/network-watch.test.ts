import { expect, test } from 'vitest';
import { watchNetwork } from './network-watch.ts';
import { manualClock } from './testing-pair.ts';

function start() {
  const clock = manualClock();
  const seen = { addresses: 'en0 192.0.2.1', ticks: 0, changes: 0 };
  const stop = watchNetwork({
    clock,
    intervalMs: 5000,
    fingerprint: () => seen.addresses,
    onTick: () => {
      seen.ticks += 1;
    },
    onChange: () => {
      seen.changes += 1;
    },
  });
  return { clock, seen, stop };
}

test('another set of addresses is a change, told once', () => {
  const { clock, seen } = start();
  clock.advance(10_000);
  expect(seen.changes).toBe(0);
  seen.addresses = 'en0 198.51.100.7';
  clock.advance(10_000);
  expect(seen).toMatchObject({ ticks: 4, changes: 1 });
});

test('a tick that comes much too late means that the machine slept', () => {
  let now = 0;
  const timers: (() => void)[] = [];
  let changes = 0;
  watchNetwork({
    clock: { now: () => now, setTimeout: (callback) => timers.push(callback), clearTimeout: () => {} },
    intervalMs: 5000,
    fingerprint: () => '',
    onTick: () => {},
    onChange: () => {
      changes += 1;
    },
  });
  now += 3_600_000;
  timers.shift()?.();
  expect(changes).toBe(1);
});

test('a stopped watch ticks no more', () => {
  const { clock, seen, stop } = start();
  stop();
  clock.advance(60_000);
  expect(seen.ticks).toBe(0);
});
