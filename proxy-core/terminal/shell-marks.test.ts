import { expect, test } from 'vitest';
import { maxMarkLength, ShellMarks } from './shell-marks.ts';

const nonce = 'c0ffee';
const started = (line: string) => `\u001b]633;E;${line};${nonce}\u0007`;

test('a command line is read and its sequence is not shown', () => {
  const { output, marks } = new ShellMarks(nonce).feed(`$ ${started('kubectl get pods')}NAME\n`);
  expect(output).toBe('$ NAME\n');
  expect(marks).toEqual([{ kind: 'command-started', commandLine: 'kubectl get pods' }]);
});

test('a sequence cut at any place is put together again', () => {
  const text = `before${started('kubectl get pods -o \\x3b \\\\n')}after`;
  for (let cut = 0; cut <= text.length; cut++) {
    const reader = new ShellMarks(nonce);
    const parts = [reader.feed(text.slice(0, cut)), reader.feed(text.slice(cut))];
    expect(parts.map((part) => part.output).join('')).toBe('beforeafter');
    expect(parts.flatMap((part) => part.marks)).toEqual([
      { kind: 'command-started', commandLine: 'kubectl get pods -o ; \\n' },
    ]);
  }
});

test('both terminators of an OSC sequence end a mark', () => {
  const { marks } = new ShellMarks(nonce).feed(`\u001b]633;D;130;${nonce}\u001b\\\u001b]633;D;;${nonce}\u0007`);
  expect(marks).toEqual([
    { kind: 'command-ended', exitCode: 130 },
    { kind: 'command-ended', exitCode: null },
  ]);
});

test('the working directory is read, other properties are output', () => {
  const { marks, output } = new ShellMarks(nonce).feed(
    `\u001b]633;P;Cwd=/home/a\\x3bb;${nonce}\u0007\u001b]633;P;IsWindows=0;${nonce}\u0007`,
  );
  expect(marks).toEqual([{ kind: 'working-directory', path: '/home/a;b' }]);
  expect(output).toBe(`\u001b]633;P;IsWindows=0;${nonce}\u0007`);
});

test('output that only begins like a mark comes out when nothing follows', () => {
  const reader = new ShellMarks(nonce);
  expect(reader.feed('text\u001b]63').output).toBe('text');
  expect(reader.flush()).toBe('\u001b]63');
});

test('a mark that never ends is handed on as output rather than kept', () => {
  const reader = new ShellMarks(nonce);
  const endless = `\u001b]633;E;${'x'.repeat(maxMarkLength + 1)}`;
  expect(reader.feed(endless).output).toBe(endless);
  expect(reader.flush()).toBe('');
});
