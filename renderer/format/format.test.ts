import { describe, expect, it } from 'vitest';
import { bytes, count, duration } from './quantities.ts';
import { dayName, exactTime, relativeTime } from './relative-time.ts';
import { shellWord } from './shell.ts';

const now = new Date(2026, 10, 23, 12, 0, 0);
const minutes = (amount: number) => new Date(now.getTime() + amount * 60_000);

describe('a relative time', () => {
  it.each([
    [0, 'just now'],
    [-0.5, '30 s ago'],
    [-4, '4 min ago'],
    [-130, '2 h ago'],
    [-60 * 24 * 3, '3 days ago'],
    [0.1, 'in a moment'],
    [60 * 7.4, 'in 7 h'],
    [60 * 8 - 0.1, 'in 8 h'],
  ])('%d minutes from now is "%s"', (offset, words) => {
    expect(relativeTime(minutes(offset), now)).toBe(words);
  });

  it('is exact in one form, whatever the language of the browser', () => {
    expect(exactTime(new Date(2026, 10, 23, 14, 3, 27))).toMatch(/^23 Nov 2026, 14:03:27 \S+$/);
  });

  it('names today and yesterday by the calendar, not by hours', () => {
    expect(dayName(new Date(2026, 10, 23, 0, 1), now)).toBe('Today');
    expect(dayName(new Date(2026, 10, 22, 23, 59), now)).toBe('Yesterday');
  });
});

it('quantities carry their unit', () => {
  expect([bytes(0), bytes(999), bytes(1_440), bytes(20_000_000)]).toEqual(['0 B', '999 B', '1.4 KB', '20 MB']);
  expect([duration(0.02), duration(0.42), duration(38.2), duration(2_140), duration(252_000)]).toEqual([
    '<0.1 ms',
    '0.4 ms',
    '38 ms',
    '2.1 s',
    '4 min 12 s',
  ]);
  expect([count(1, 'request'), count(1_200, 'request')]).toEqual(['1 request', '1,200 requests']);
});

it('a shell word is quoted only where it must be', () => {
  expect(shellWord('/home/alice/.kube/postern.yaml')).toBe('/home/alice/.kube/postern.yaml');
  expect(shellWord('acme/dev+editor')).toBe('acme/dev+editor');
  expect(shellWord("/home/al ice's")).toBe("'/home/al ice'\\''s'");
});
