import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestOrganisation } from '../fixtures/controller.ts';
import { newKeyPair } from '../fixtures/device.ts';

let acme: TestOrganisation;
beforeAll(async () => {
  acme = await TestOrganisation.start();
});
afterAll(() => acme[Symbol.asyncDispose]());

test('whoever had a name before it was given to somebody else does not get that person’s groups', async () => {
  await acme.cluster('prod');
  const former = await acme.signIn('ops@acme.example', ['developers']);
  const session = await former.api.sessions.open({ cluster: 'prod' });
  const keys = await newKeyPair();
  const { api } = await acme.https();
  const newcomer = await api.signIn.exchange({
    idToken: await acme.idp.token({
      sub: 'somebody else',
      email: 'ops@acme.example',
      groups: ['platform-admins'],
      nonce: keys.thumbprint,
    }),
    certificateRequest: keys.certificateRequest,
    deviceName: 'laptop',
  });
  expect(newcomer.user.isAdministrator).toBe(true);

  await expect.poll(() => former.tunnel.state.kind).toBe('waiting');
  const { api: asFormer } = await acme.https(former.credentials);
  await expect(asFormer.admin.get({})).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
  const alice = await acme.signIn('alice@acme.example', ['platform-admins']);
  const { sessions } = await alice.api.admin.sessions({ user: 'ops@acme.example' });
  expect(sessions).toMatchObject([{ id: session.id, endReason: 'signed-out' }]);
  await acme.controller.close();
  await acme.startController();
  await expect(asFormer.admin.get({})).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
});
