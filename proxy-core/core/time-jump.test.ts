import { expect, test } from 'vitest';
import { manualClock } from '../tunnel/testing-pair.ts';
import { onTimeJump } from './time-jump.ts';

test('ordinary time is no jump, sleep is one', () => {
  const clock = manualClock();
  let jumps = 0;
  const sleepMs = { value: 0 };
  const undo = onTimeJump({ ...clock, now: () => clock.now() + sleepMs.value }, () => {
    jumps += 1;
  });
  clock.advance(60_000);
  expect(jumps).toBe(0);
  sleepMs.value = 3_600_000;
  clock.advance(5_000);
  expect(jumps).toBe(1);
  clock.advance(60_000);
  expect(jumps).toBe(1);
  undo();
  sleepMs.value *= 2;
  clock.advance(60_000);
  expect(jumps).toBe(1);
});
