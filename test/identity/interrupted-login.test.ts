import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasKeyring, startKeyring } from '../support/keyring.ts';
import { startPostern } from '../support/postern.ts';
import { startSmallOrganisation } from '../support/small-organisation.ts';

test.skipIf(!hasKeyring)('Ctrl-C ends a sign-in by code at once, also between two polls of the provider', async () => {
  await using stack = new AsyncDisposableStack();
  const organisation = stack.use(await startSmallOrganisation());
  const keyring = await startKeyring();
  stack.defer(keyring.close);
  const home = await mkdtemp(join(tmpdir(), 'postern-home-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const login = startPostern(['login', '--device', '-o', 'json', '--controller', organisation.controllerUrl], {
    ...keyring.env,
    POSTERN_HOME: home,
  });
  await login.until(/"userCode"/);
  const begun = performance.now();
  login.process.kill('SIGINT');
  expect(await login.ended).toBe(1);
  expect(performance.now() - begun).toBeLessThan(2_500);
  expect(login.stdout()).toContain('The sign-in was interrupted');
});
