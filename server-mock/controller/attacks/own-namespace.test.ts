import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { json } from '../fixtures/agent.ts';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

// Kubernetes' `edit` on the whole cluster, which is what developers commonly get, reaches the namespace where the
// administrators' accounts and the agent's key are.
const policy = `
apiVersion: postern.dev/v1
kind: Role
metadata: { name: everyday }
spec:
  rules:
    - apiGroups: ['', apps]
      resources: [pods, pods/exec, pods/log, pods/proxy, secrets, serviceaccounts, serviceaccounts/token, deployments, namespaces]
      verbs: [get, list, watch, create, update, patch, delete, deletecollection]
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: everyday }
spec: { subjects: { groups: [developers] }, role: everyday, clusters: { names: [shop] } }
`;
const own = '/api/v1/namespaces/postern-system';

let acme: TestOrganisation;
let alice: TestDevice;
let bob: TestDevice;
let seen: string | undefined;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('shop', {
    onRequest: (request, response) => {
      seen = request.url;
      json(response, 200, {});
    },
  });
  await acme.controller.applyPolicy(policy, 'test');
  alice = await acme.signIn('alice@acme.example', ['platform-admins']);
  bob = await acme.signIn('bob@acme.example', ['developers']);
});
afterAll(() => acme[Symbol.asyncDispose]());
beforeEach(() => {
  seen = undefined;
});

const everyday = (path: string, method = 'GET') =>
  ask(bob, `/clusters/shop/roles/everyday${path}`, { method, headers: { 'content-length': '0' } });

test.each([
  ['POST', '/serviceaccounts/alice-64acme-46example/token'],
  ['POST', '/pods'],
  ['POST', '/serviceaccounts'],
  ['PATCH', '/serviceaccounts/alice-64acme-46example'],
  ['DELETE', '/serviceaccounts'],
  ['GET', '/pods/postern-agent-0/exec?command=sh'],
  ['POST', '/pods/postern-agent-0/exec?command=sh'],
  ['GET', '/pods/postern-agent-0/proxy/metrics'],
  ['GET', '/secrets'],
  ['GET', '/secrets?watch=1'],
  ['GET', '/secrets/postern-agent-identity'],
  ['DELETE', ''],
  ['PUT', '/finalize'],
])('a developer who may edit everything cannot %s %s in Postern’s namespace', async (method, path) => {
  const answer = await everyday(`${own}${path}`, method);
  expect(answer.status).toBe(403);
  expect(answer.text).toContain('bob@acme.example');
  expect(seen).toBeUndefined();
});

test('the deprecated watch paths lead there no more than the others', async () => {
  expect((await everyday('/api/v1/watch/namespaces/postern-system/secrets/postern-agent-identity')).status).toBe(403);
  expect((await everyday('/api/v1/watch/namespaces/postern-system/secrets')).status).toBe(403);
});

test('anybody may look at the accounts there, and work everywhere else', async () => {
  for (const path of [`${own}/serviceaccounts`, `${own}/pods/postern-agent-0/log`, own]) {
    expect((await everyday(path)).status).toBe(200);
  }
  expect((await everyday('/api/v1/namespaces/shop/serviceaccounts/web/token', 'POST')).status).toBe(200);
  expect((await everyday('/api/v1/namespaces/shop/secrets')).status).toBe(200);
  expect(seen).toBe('/api/v1/namespaces/shop/secrets');
});

test.each([
  ['/api/v1/secrets', '/api/v1/secrets?fieldSelector=metadata.namespace!%3Dpostern-system'],
  ['/api/v1/secrets?watch=1', '/api/v1/secrets?watch=1&fieldSelector=metadata.namespace!%3Dpostern-system'],
  [
    '/api/v1/secrets?fieldSelector=metadata.name%3Dpostern-agent-identity&limit=5',
    '/api/v1/secrets?limit=5&fieldSelector=metadata.namespace!%3Dpostern-system%2Cmetadata.name%3Dpostern-agent-identity',
  ],
  [
    '/api/v1/secrets?f%69eldSelector=type%3DOpaque%5C&fieldSelector=type%3DOpaque%5C',
    '/api/v1/secrets?fieldSelector=metadata.namespace!%3Dpostern-system%2Ctype%3DOpaque%5C',
  ],
  ['/api/v1/watch/secrets', '/api/v1/watch/secrets?fieldSelector=metadata.namespace!%3Dpostern-system'],
])('a list of all secrets leaves those of Postern’s namespace out: %s', async (asked, sent) => {
  expect((await everyday(asked)).status).toBe(200);
  expect(seen).toBe(sent);
});

test('who may do everything in the cluster may do it there too', async () => {
  const asAdmin = (path: string, method = 'GET') =>
    ask(alice, `/clusters/shop/roles/admin${path}`, { method, headers: { 'content-length': '0' } });
  expect((await asAdmin(`${own}/secrets`)).status).toBe(200);
  expect((await asAdmin(`${own}/serviceaccounts`, 'POST')).status).toBe(200);
  await asAdmin('/api/v1/secrets');
  expect(seen).toBe('/api/v1/secrets');
});
