import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

const recorded = `
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: platform-admin }
spec:
  subjects: { groups: [platform-admins] }
  role: admin
  clusters: { matchLabels: {} }
  conditions: { record: required }
`;

const looking = `
apiVersion: postern.dev/v1
kind: Role
metadata: { name: viewer }
spec: { rules: [ { apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch] } ] }
`;

let acme: TestOrganisation;
let alice: TestDevice;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('prod');
  await acme.controller.applyPolicy(recorded, 'test');
  alice = await acme.signIn('alice@acme.example', ['platform-admins']);
});
afterAll(() => acme[Symbol.asyncDispose]());

test.each([
  '/api/v1/namespaces/default/pods/web/exec?command=sh',
  '/api/v1/nodes/n1/proxy/exec/default/web/app?command=sh',
  '/api/v1/nodes/n1/proxy/attach/default/web/app',
  '/api/v1/nodes/n1/proxy/run/default/web/app?cmd=id',
  '/api/v1/nodes/n1/proxy/cri/exec/token',
  '/api/v1/nodes/n1/proxy//exec/default/web/app?command=sh',
  '/api/v1/nodes/n1/proxy/%65xec/default/web/app?command=sh',
  '/api/v1/nodes/n1/proxy/%2Fexec/default/web/app?command=sh',
])('where a recording is required, no shell is had by %s', async (path) => {
  for (const method of ['GET', 'POST']) {
    const { status, text } = await ask(alice, `/clusters/prod${path}`, { method });
    expect([status, text]).toEqual([403, expect.stringContaining('POSTERN_RECORDING_REQUIRED')]);
  }
});

test('a role that may only look at everything runs nothing through a node', async () => {
  await acme.controller.applyPolicy(looking, 'test');
  const bob = await acme.signIn('bob@acme.example', ['developers']);
  expect((await ask(bob, '/clusters/prod/api/v1/nodes/n1/proxy/metrics')).status).toBe(200);
  for (const stream of ['exec', 'attach', 'run', 'portForward']) {
    expect((await ask(bob, `/clusters/prod/api/v1/nodes/n1/proxy/${stream}/default/web/app`)).status).toBe(403);
  }
});

test('what else a node serves is had', async () => {
  expect((await ask(alice, '/clusters/prod/api/v1/nodes/n1/proxy/metrics')).status).toBe(200);
});
