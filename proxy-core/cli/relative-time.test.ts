import { expect, test } from 'vitest';
import { length, relative } from './relative-time.ts';

test.each([
  [0, '0s'],
  [400, '0s'],
  [42_000, '42s'],
  [90_000, '1m30s'],
  [600_000, '10m'],
  [4_800_000, '1h20m'],
  [36_000_000, '10h'],
  [183_600_000, '2d3h'],
  [-5, '0s'],
])('%i ms is %s long', (milliseconds, text) => {
  expect(length(milliseconds)).toBe(text);
});

test('a moment is before or after now', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  expect(relative('2025-12-31T23:55:00Z', now)).toBe('5m ago');
  expect(relative('2026-01-01T02:00:00Z', now)).toBe('in 2h');
});
