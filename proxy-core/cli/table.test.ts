import { expect, test } from 'vitest';
import { fields, table } from './table.ts';

test('columns stand under each other, two spaces apart', () => {
  expect(
    table(
      ['NAME', 'STATUS'],
      [
        ['dev', 'online'],
        ['staging', 'offline'],
      ],
    ),
  ).toBe('NAME     STATUS\ndev      online\nstaging  offline\n');
});

test('a line that does not fit is cut, and without a terminal none is', () => {
  expect(table(['A'], [['x'.repeat(20)]], 10)).toBe(`A\n${'x'.repeat(9)}…\n`);
  for (const unknown of [undefined, 0]) {
    expect(table(['A'], [['x'.repeat(20)]], unknown)).toBe(`A\n${'x'.repeat(20)}\n`);
  }
});

test('fields without a value are left out', () => {
  expect(
    fields([
      ['A', '1'],
      ['Long', null],
      ['Longer', '2'],
    ]),
  ).toBe('A       1\nLonger  2\n');
});

test('what others wrote cannot move the cursor', () => {
  const text =
    table(['A'], [['\u001b[2Jrm\r\n\u009b1;1H']]) +
    fields([['\u0007B', '\u001b]0;title\u0007']].map(([, value]) => ['B', value!] as const));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be gone
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});
