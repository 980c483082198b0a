import { expect, test } from 'vitest';
import { backOffCapMs, backOffMs } from './back-off.ts';

test('the ceiling doubles with each attempt up to the cap', () => {
  const almostOne = () => 0.999999;
  expect([0, 1, 2, 3].map((attempt) => backOffMs(attempt, almostOne))).toEqual([499, 999, 1999, 3999]);
  expect(backOffMs(50, almostOne)).toBe(backOffCapMs - 1);
});

test('jitter is full: the wait may be nothing at all', () => {
  expect(backOffMs(10, () => 0)).toBe(0);
});
