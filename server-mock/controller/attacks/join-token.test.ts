import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { type Api, TestOrganisation } from '../fixtures/controller.ts';
import { newKeyPair } from '../fixtures/device.ts';

let acme: TestOrganisation;
let api: Api;
let aheadMs = 0;
beforeAll(async () => {
  acme = await TestOrganisation.start({}, { clock: { ...systemClock, now: () => Date.now() + aheadMs } });
  ({ api } = await acme.https());
});
afterAll(() => acme[Symbol.asyncDispose]());

const refused = { code: 'POSTERN_JOIN_TOKEN_REFUSED', status: 401 };

test('a join token works once, also where two agents use it at the same moment', async () => {
  const { joinToken } = await acme.controller.importCluster('prod');
  const keys = await Promise.all(Array.from({ length: 8 }, newKeyPair));
  const attempts = await Promise.allSettled(
    keys.map(({ certificateRequest }) => api.agents.join({ joinToken, certificateRequest })),
  );
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const attempt of attempts) if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(refused);
  await expect(api.agents.join({ joinToken, certificateRequest: keys[0]!.certificateRequest })).rejects.toMatchObject(
    refused,
  );
});

test('a bad certificate request does not use a join token up', async () => {
  const { joinToken } = await acme.controller.importCluster('prod');
  await expect(api.agents.join({ joinToken, certificateRequest: 'nothing' })).rejects.toMatchObject({
    code: 'POSTERN_CERTIFICATE_REQUEST_REFUSED',
  });
  const { certificateRequest } = await newKeyPair();
  await expect(api.agents.join({ joinToken, certificateRequest })).resolves.toMatchObject({ cluster: 'prod' });
});

test('a join token that is made up, expired, or of a removed cluster is refused', async () => {
  const { certificateRequest } = await newKeyPair();
  await expect(api.agents.join({ joinToken: 'postern-join-made-up', certificateRequest })).rejects.toMatchObject(
    refused,
  );
  const admin = await acme.signIn('alice@acme.example', ['platform-admins']);
  const removed = await acme.controller.importCluster('removed');
  await admin.api.admin.clusters.remove({ name: 'removed' });
  await expect(api.agents.join({ joinToken: removed.joinToken, certificateRequest })).rejects.toMatchObject(refused);
  const late = await acme.controller.importCluster('late');
  aheadMs = 25 * 3_600_000;
  await expect(api.agents.join({ joinToken: late.joinToken, certificateRequest })).rejects.toMatchObject(refused);
  aheadMs = 0;
});

test('no join token stands in the store as it is', async () => {
  const { joinToken } = await acme.controller.importCluster('prod');
  const { readdir, readFile } = await import('node:fs/promises');
  for (const file of await readdir(acme.dataDir)) {
    expect((await readFile(`${acme.dataDir}/${file}`)).includes(joinToken)).toBe(false);
  }
});
