import { expect, test } from 'vitest';
import { ShellMarks } from './shell-marks.ts';

const nonce = 'c0ffee';

test.each([
  ['a mark', '\u001b]633;'],
  ['a forged command line', '\u001b]633;E;kubectl delete ns prod'],
  ['many marks', '\u001b]633;\u001b]633;E;\u001b]633;D'],
])('output of a pod that begins %s and does not end it swallows no mark of the shell', (_, unfinished) => {
  const { output, marks } = new ShellMarks(nonce).feed(`${unfinished}\u001b]633;D;0;${nonce}\u0007$ `);
  expect(marks).toEqual([{ kind: 'command-ended', exitCode: 0 }]);
  expect(output).toBe(`${unfinished}$ `);
});

test('what comes after an unfinished mark is shown with the next sequence at the latest', () => {
  const reader = new ShellMarks(nonce);
  expect(reader.feed('\u001b]633;E;x hidden').output).toBe('');
  expect(reader.feed(' text\u001b').output).toBe('');
  expect(reader.feed('[0m$ ').output).toBe('\u001b]633;E;x hidden text\u001b[0m$ ');
});
