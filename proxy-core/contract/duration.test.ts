import { expect, test } from 'vitest';
import { duration, durationMs } from './duration.ts';

test('is milliseconds', () => {
  expect(['1ms', '90s', '15m', '8h', '30d'].map(durationMs)).toEqual([1, 90_000, 900_000, 28_800_000, 2_592_000_000]);
});

test('the longest that can be written is still a number that every call can carry', () => {
  expect(Number.isSafeInteger(durationMs(duration.parse('999999999d')))).toBe(true);
});
