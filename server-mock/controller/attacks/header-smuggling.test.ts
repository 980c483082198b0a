import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { json } from '../fixtures/agent.ts';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

const pods = '/clusters/prod/api/v1/namespaces/default/pods';

let acme: TestOrganisation;
let alice: TestDevice;
let bob: TestDevice;
let seen: IncomingHttpHeaders | undefined;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('prod', {
    onRequest: (request, response) => {
      seen = request.headers;
      json(response, 200, {});
    },
  });
  alice = await acme.signIn('alice@acme.example', ['platform-admins', 'developers']);
  bob = await acme.signIn('bob@acme.example', ['developers']);
});
afterAll(() => acme[Symbol.asyncDispose]());
beforeEach(() => {
  seen = undefined;
});

test('nothing that speaks for somebody reaches the agent, in any letter case', async () => {
  const answer = await ask(bob, pods, {
    headers: {
      AUTHORIZATION: 'Bearer stolen',
      'X-Remote-User': 'system:admin',
      'x-REMOTE-group': 'system:masters',
      'X-Forwarded-For': '10.0.0.1',
      Forwarded: 'for=10.0.0.1',
      'Postern-Session': '0190b4a0-0000-7000-8000-000000000001',
      'POSTERN-anything': 'x',
      X_Remote_User: 'system:admin',
      Accept: 'application/json',
    },
  });
  expect(answer.status).toBe(200);
  const names = Object.keys(seen!);
  for (const name of [
    'authorization',
    'x-remote-user',
    'x-remote-group',
    'x_remote_user',
    'x-forwarded-for',
    'forwarded',
    'postern-anything',
  ]) {
    expect(names).not.toContain(name);
  }
  expect(seen!.accept).toBe('application/json');
  expect(seen!['postern-session']).not.toBe('0190b4a0-0000-7000-8000-000000000001');
});

test('a Connection header cannot name the gateway’s own headers away', async () => {
  await ask(bob, pods, { headers: { Connection: 'keep-alive, postern-session, audit-id' } });
  expect(seen!['postern-session']).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen!['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a bearer token in a WebSocket subprotocol is taken out, the others stay', async () => {
  await ask(bob, pods, {
    headers: { 'Sec-WebSocket-Protocol': 'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.c3RvbGVu' },
  });
  expect(seen!['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
});

test.each([
  ['a user who is no role', { 'Impersonate-User': 'system:admin' }],
  ['a role that the user does not hold', { 'Impersonate-User': 'admin' }],
  ['a group', { 'Impersonate-Group': 'system:masters' }],
  ['a group beside a held role', { 'Impersonate-User': 'viewer', 'Impersonate-Group': 'system:masters' }],
  ['an extra', { 'IMPERSONATE-Extra-scopes': 'all' }],
  ['a uid', { 'impersonate-uid': '0' }],
  ['with an underscore', { Impersonate_Group: 'system:masters' }],
  ['two users', ['Host', 'postern', 'Impersonate-User', 'viewer', 'Impersonate-User', 'admin']],
  ['an empty user', { 'Impersonate-User': '' }],
])('impersonating %s is refused, and nothing reaches the agent', async (_, headers) => {
  const answer = await ask(bob, pods, { headers });
  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.text)).toMatchObject({ details: { causes: [{ reason: 'POSTERN_IMPERSONATION_REFUSED' }] } });
  expect(seen).toBeUndefined();
});

test('a held role by --as does not carry the impersonation on', async () => {
  expect((await ask(alice, pods, { headers: { 'Impersonate-User': 'admin' } })).status).toBe(200);
  expect(Object.keys(seen!).filter((name) => name.startsWith('impersonate'))).toEqual([]);
});

test('an audit id that is none is replaced, and one used twice overwrites nothing', async () => {
  for (const id of ['', 'x'.repeat(5_000), '0190b4a0-1111-4222-8333-944444444444', '../../etc']) {
    const answer = await ask(bob, pods, { headers: { 'Audit-ID': id } });
    expect(answer.headers['audit-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(answer.headers['audit-id']).not.toBe(id);
  }
  const auditId = '0190b4a0-1111-7222-8333-944444444444';
  await ask(bob, `${pods}/secretive`, { method: 'DELETE', headers: { 'Audit-ID': auditId } });
  await ask(bob, pods, { headers: { 'Audit-ID': auditId } });
  await expect
    .poll(async () =>
      (await alice.api.admin.audit({ user: 'bob@acme.example' })).events
        .filter((event) => event.auditId === auditId)
        .map(({ verb }) => verb)
        .sort(),
    )
    .toEqual(['delete', 'list']);
});

test('the headers of an agent’s answer cannot forge a record', async () => {
  const answer = await ask(bob, pods);
  expect(String(answer.headers['postern-record'])).not.toContain(',{');
  expect(JSON.parse(String(answer.headers['postern-record']))).toMatchObject({ decision: 'allowed' });
});
