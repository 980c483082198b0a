import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { json } from '../fixtures/agent.ts';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

let acme: TestOrganisation;
let bob: TestDevice;
let seen: string[] = [];
beforeAll(async () => {
  acme = await TestOrganisation.start();
  const onRequest = (request: { url?: string | undefined }, response: Parameters<typeof json>[0]) => {
    seen.push(request.url ?? '');
    json(response, 200, {});
  };
  await acme.cluster('prod', { onRequest });
  await acme.cluster('dev', { onRequest });
  await acme.controller.applyPolicy(
    `
apiVersion: postern.dev/v1
kind: Role
metadata: { name: reader }
spec: { rules: [ { apiGroups: [''], resources: [pods], verbs: [get, list, watch] } ], namespaces: [team] }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: bob-reads }
spec: { subjects: { users: [bob@acme.example] }, role: reader, clusters: { names: [prod] } }
`,
    'test',
  );
  bob = await acme.signIn('bob@acme.example', []);
});
afterAll(() => acme[Symbol.asyncDispose]());
beforeEach(() => {
  seen = [];
});

test('the path goes on exactly as it came', async () => {
  expect((await ask(bob, '/clusters/prod/api/v1/namespaces/team/pods/a%20b?x=%2e%2e&y=1')).status).toBe(200);
  expect(seen).toEqual(['/api/v1/namespaces/team/pods/a%20b?x=%2e%2e&y=1']);
});

test.each([
  '/api/v1/namespaces/team/../other/pods',
  '/api/v1/namespaces/team/%2e%2e/other/pods',
  '/api/v1/namespaces/team%2fpods/../../other/pods',
  '/api/v1//namespaces/other/pods',
  '/api/v1/namespaces/team/pods/..%2f..%2fother',
  '/api/v1/namespaces/other/pods',
  '/api/v1/pods',
  '/api/v1/namespaces/team/pods/x/exec',
  '/api/v1/namespaces/team/secrets',
  '/api/v1/namespaces/team/pods;a=b/../secrets',
  '/api/v1/namespaces/team/pods?watch=0&watch=1',
  '/../dev/api/v1/namespaces/team/pods',
  '/roles//api',
  '/%2e%2e/dev/api/v1/namespaces/team/pods',
])('nothing reaches the cluster through %s', async (path) => {
  const answer = await ask(bob, `/clusters/prod${path}`);
  expect([400, 403]).toContain(answer.status);
  expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Status', status: 'Failure' });
  expect(seen).toEqual([]);
});

test.each([
  '/',
  '/clusters',
  '/clusters/',
  '/clusters//api',
  '/clusters/PROD/api',
  '/clusters/pr%6fd/api',
  '/clusters/prod%2fapi/v1',
  '/clusters/../clusters/dev/api/v1/pods',
  '/clusters/dev/api/v1/namespaces/team/pods',
  '/clusters/prod/roles/READER/api',
  '/api/v1/namespaces/team/pods',
  'http://prod/clusters/prod/api/v1/namespaces/team/pods',
  '*',
])('no cluster is found at %s', async (path) => {
  const answer = await ask(bob, path);
  expect(answer.status).toBe(404);
  expect(JSON.parse(answer.text)).toMatchObject({ reason: 'NotFound' });
  expect(seen).toEqual([]);
});

test('a role in the path must be held, whatever else is', async () => {
  const answer = await ask(bob, '/clusters/prod/roles/admin/api/v1/namespaces/team/pods');
  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.text).message).toContain('held there: reader');
});

test('a DELETE of a whole collection is not a get', async () => {
  expect((await ask(bob, '/clusters/prod/api/v1/namespaces/team/pods', { method: 'DELETE' })).status).toBe(403);
  expect((await ask(bob, '/clusters/prod/api/v1/namespaces/team/pods', { method: 'PROPFIND' })).status).toBe(403);
});
