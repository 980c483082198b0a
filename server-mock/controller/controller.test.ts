import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type TestDevice, TestOrganisation } from './fixtures/controller.ts';

let acme: TestOrganisation;
let alice: TestDevice;
let bob: TestDevice;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('prod', {}, { env: 'prod' });
  alice = await acme.signIn('alice@acme.example', ['platform-admins', 'developers']);
  bob = await acme.signIn('bob@acme.example', ['developers']);
});
afterAll(() => acme[Symbol.asyncDispose]());

describe('a request at the gateway', () => {
  test('reaches the cluster, and its record and times come back with the answer', async () => {
    const answer = await ask(bob, '/clusters/prod/api/v1/namespaces/default/pods?limit=500');
    expect(answer.status).toBe(200);
    expect(JSON.parse(String(answer.headers['postern-record']))).toMatchObject({
      cluster: 'prod',
      role: 'viewer',
      grant: 'developers-view',
      decision: 'allowed',
      verb: 'list',
      resource: 'pods',
      namespace: 'default',
    });
    expect(answer.headers['postern-timing']).toMatch(/^agent;dur=0\.5, gateway;dur=[0-9.]+$/);
    expect(answer.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
