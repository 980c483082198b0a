import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { testContainer } from '../testing/pod.ts';
import { emptyInput } from './io.ts';
import { startProcess } from './start-process.ts';

/** Starts `sh -c text`; what it prints is dropped but for its errors. */
function start(container = testContainer(), text: string) {
  let errors = '';
  const exited = startProcess(container, {
    command: ['sh', '-c', text],
    input: emptyInput,
    output: { write: async () => {} },
    errors: {
      write: async (chunk) => {
        errors += chunk;
      },
    },
    terminal: undefined,
    signal: new AbortController().signal,
  });
  return exited.then((exitCode) => ({ exitCode, errors }));
}

test.for([
  'seq 1 1000000000000 | wc -l',
  'seq 1 1000000000000 > /dev/null',
  'dd if=/dev/zero of=/dev/null',
  'sha256sum /dev/zero',
  'for i in a; do seq 1 1000000000000 | grep x; done',
  'echo "sh /tmp/bomb | sh /tmp/bomb" > /tmp/bomb; sh /tmp/bomb',
])('%s leaves others their turn, and stops with its container', async (text) => {
  const container = testContainer();
  const running = start(container, text);
  const before = performance.now();
  for (let turn = 0; turn < 5; turn++) await pause(1);
  expect(performance.now() - before).toBeLessThan(1_000);
  container.exited();
  expect((await running).exitCode).toBe(137);
});

test('a script that runs itself runs out of processes, and leaves room for the next', async () => {
  const container = testContainer();
  const { errors } = await start(container, 'echo "sh /tmp/self; echo back" > /tmp/self; sh /tmp/self');
  expect(errors).toContain('Resource temporarily unavailable');
  expect(container.processes().map(({ pid }) => pid)).toEqual([1]);
  expect(await start(container, 'true')).toEqual({ exitCode: 0, errors: '' });
});
