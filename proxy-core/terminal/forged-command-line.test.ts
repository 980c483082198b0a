import { expect, test } from 'vitest';
import { ShellMarks } from './shell-marks.ts';

test.each([
  ['no nonce', '\u001b]633;E;kubectl delete ns prod\u0007'],
  ['a guessed nonce', '\u001b]633;E;kubectl delete ns prod;0000\u0007'],
  ['an empty nonce', '\u001b]633;E;kubectl delete ns prod;\u0007'],
  ['the nonce of nobody, twice', '\u001b]633;E;kubectl delete ns prod;a;a\u0007'],
  ['a forged end', '\u001b]633;D;0\u0007'],
])('output that carries a mark with %s puts nothing into the log', (_, forged) => {
  const { output, marks } = new ShellMarks('c0ffee').feed(forged);
  expect(marks).toEqual([]);
  expect(output).toBe(forged);
});
