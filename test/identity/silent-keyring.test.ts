import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasKeyring, startKeyring } from '../support/keyring.ts';
import { startPostern } from '../support/postern.ts';

/** Sooner than the keyring's own time limit of 25 s. */
const soonMs = 12_000;

async function upWithSilentKeyring(stack: AsyncDisposableStack, args: string[] = []) {
  const keyring = await startKeyring();
  stack.defer(keyring.close);
  keyring.suspend();
  const home = await mkdtemp(join(tmpdir(), 'postern-home-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const up = startPostern(['up', '-o', 'json', ...args], { ...keyring.env, POSTERN_HOME: home });
  return { up, home };
}

test.skipIf(!hasKeyring)('a start that fails while the keyring does not answer says why, and ends', async () => {
  await using stack = new AsyncDisposableStack();
  const { up } = await upWithSilentKeyring(stack, ['--controller', 'https://127.0.0.1:1']);
  await up.until(/POSTERN_CONTROLLER_UNREACHABLE/);
  const begun = performance.now();
  await up.ended;
  expect(performance.now() - begun).toBeLessThan(soonMs);
});

test.skipIf(!hasKeyring)('Ctrl-C ends a start that waits for the keyring', async () => {
  await using stack = new AsyncDisposableStack();
  const { up, home } = await upWithSilentKeyring(stack);
  await expect.poll(() => existsSync(join(home, 'core.json')), { timeout: 10_000 }).toBe(true);
  const begun = performance.now();
  up.process.kill('SIGINT');
  await up.ended;
  expect(performance.now() - begun).toBeLessThan(soonMs);
});
