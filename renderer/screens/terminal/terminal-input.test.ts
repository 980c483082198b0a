import { expect, it } from 'vitest';
import { createTerminalInput, longestWrite } from './terminal-input.ts';

/** Writes that are answered one by one, when the test says so. */
function slowShell() {
  const written: string[] = [];
  const answers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const errors: unknown[] = [];
  const type = createTerminalInput(
    (data) => {
      written.push(data);
      return new Promise<void>((resolve, reject) => answers.push({ resolve, reject }));
    },
    (error) => errors.push(error),
  );
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  return {
    written,
    errors,
    type,
    settle,
    answer: () => answers.shift()?.resolve(),
    fail: () => answers.shift()?.reject(new Error('gone')),
  };
}

it('sends what is typed during a write together, after it', async () => {
  const { written, type, answer, settle } = slowShell();
  for (const key of 'kube') type(key);
  expect(written).toEqual(['k']);
  answer();
  await settle();
  expect(written).toEqual(['k', 'ube']);
});

it('splits a long paste', async () => {
  const { written, type, answer, settle } = slowShell();
  type('x'.repeat(longestWrite + 5));
  answer();
  await settle();
  expect(written.map((data) => data.length)).toEqual([longestWrite, 5]);
});

it('drops what waits when a write fails, and goes on with what is typed later', async () => {
  const { written, errors, type, fail, settle } = slowShell();
  type('a');
  type('rm -rf .\r');
  fail();
  await settle();
  expect(errors).toHaveLength(1);
  type('b');
  expect(written).toEqual(['a', 'b']);
});
