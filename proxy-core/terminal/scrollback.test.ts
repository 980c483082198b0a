import { expect, test } from 'vitest';
import { Scrollback, scrollbackLength } from './scrollback.ts';

test('keeps the newest output within its bound and begins at a whole line', () => {
  const scrollback = new Scrollback();
  const line = `${'x'.repeat(99)}\n`;
  for (let count = 0; count < (2 * scrollbackLength) / line.length; count++) scrollback.append(line);
  scrollback.append('last');
  const text = scrollback.read();
  expect(text.length).toBeLessThanOrEqual(scrollbackLength);
  expect(text.startsWith(line)).toBe(true);
  expect(text.endsWith('\nlast')).toBe(true);
});

test('one piece larger than the bound is cut too', () => {
  const scrollback = new Scrollback();
  scrollback.append(`cut\n${'y'.repeat(scrollbackLength - 2)}\nkept`);
  expect(scrollback.read()).toBe('kept');
});

test('questions to the terminal are not asked a second time', () => {
  const scrollback = new Scrollback();
  scrollback.append('a\u001b[6nb\u001b[cc\u001b[>0cd\u001b]11;?\u0007e\u001b[31mred');
  expect(scrollback.read()).toBe('abcde\u001b[31mred');
});
