import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasKeyring, startKeyring } from '../support/keyring.ts';
import { logInAtIdp } from '../support/log-in-at-idp.ts';
import { startPostern } from '../support/postern.ts';
import { startSmallOrganisation } from '../support/small-organisation.ts';

const bob = { username: 'bob@acme.example', password: 'postern' };

test.skipIf(!hasKeyring)(
  'with the keyring locked, a running Postern signs in for its own life, and the command alone says that it cannot',
  async () => {
    await using stack = new AsyncDisposableStack();
    const organisation = stack.use(await startSmallOrganisation());
    const keyring = await startKeyring();
    stack.defer(keyring.close);
    await keyring.lock();
    const home = await mkdtemp(join(tmpdir(), 'postern-home-'));
    stack.defer(() => rm(home, { recursive: true, force: true }));
    const env = { ...keyring.env, POSTERN_HOME: home };
    const logIn = async () => {
      const login = startPostern(
        ['login', '--no-browser', '-o', 'json', '--controller', organisation.controllerUrl],
        env,
      );
      const [line] = await login.until(/^\{.*"url":.*\}$/m);
      await logInAtIdp((JSON.parse(line) as { url: string }).url, bob);
      return { exitCode: await login.ended, stdout: login.stdout() };
    };

    expect(await logIn()).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('"POSTERN_NO_KEYCHAIN"') });
    const core = startPostern(['up', '-o', 'json'], env);
    stack.defer(async () => void (await core.stop()));
    await core.until(/"ready":true/);
    expect(await logIn()).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"signedIn":true') });
  },
);
