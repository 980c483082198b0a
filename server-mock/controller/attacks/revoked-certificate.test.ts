import { once } from 'node:events';
import * as http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LiveEvent } from '../../../proxy-core/contract/controller.ts';
import { systemClock } from '../clock.ts';
import { json } from '../fixtures/agent.ts';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

const pods = '/clusters/prod/api/v1/namespaces/default/pods';

let acme: TestOrganisation;
let admin: TestDevice;
let bob: TestDevice;
let agent: Awaited<ReturnType<TestOrganisation['cluster']>>;
let aheadMs: number;
beforeEach(async () => {
  aheadMs = 0;
  acme = await TestOrganisation.start({}, { clock: { ...systemClock, now: () => Date.now() + aheadMs } });
  agent = await acme.cluster('prod', {
    onRequest: (request, response) =>
      request.url?.includes('watch') ? response.writeHead(200).flushHeaders() : json(response, 200, {}),
  });
  admin = await acme.signIn('alice@acme.example', ['platform-admins']);
  bob = await acme.signIn('bob@acme.example', ['developers']);
});
afterEach(() => acme[Symbol.asyncDispose]());

/** Opens a watch, and tells how long after now it ended. */
async function watch(device: TestDevice): Promise<() => Promise<number>> {
  const request = http.get({ agent: device.gateway, host: 'postern', path: `${pods}?watch=1` });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  response.on('error', () => {});
  const ended = new Promise<number>((resolve) => response.once('close', () => resolve(performance.now())));
  return async () => {
    const from = performance.now();
    return (await ended) - from;
  };
}

describe('a revoked user', () => {
  test('loses a running watch within a second, and whatever comes next is refused', async () => {
    const ended = await watch(bob);
    const took = ended();
    expect(await admin.api.admin.revoke({ kind: 'user', name: 'bob@acme.example' })).toEqual({
      endedSessions: 1,
      isKnown: true,
    });
    expect(await took).toBeLessThan(1_000);
    expect(agent.sessions.size).toBe(0);
    await expect.poll(() => bob.tunnel.state.kind).toBe('waiting');
    const state = bob.tunnel.state;
    expect(state.kind === 'waiting' && state.lastError.cause).toMatchObject({ code: 'POSTERN_SESSION_REVOKED' });
    await expect(ask(bob, pods)).rejects.toThrow();
  });

  test('who has never signed in is blocked all the same, and the administrator hears that nobody knows them', async () => {
    const carol = { kind: 'user', name: 'carol@acme.example' } as const;
    expect(await admin.api.admin.revoke(carol)).toEqual({ endedSessions: 0, isKnown: false });
    await expect(acme.certify(carol.name, ['developers'])).rejects.toMatchObject({ code: 'POSTERN_SESSION_REVOKED' });
    await admin.api.admin.restore(carol);
  });

  test('is told so on the way out', async () => {
    const events = (await bob.api.live.watch())[Symbol.asyncIterator]();
    await events.next();
    await admin.api.admin.revoke({ kind: 'user', name: 'bob@acme.example' });
    let last: LiveEvent | undefined;
    for (;;) {
      const { value, done } = await events.next().catch(() => ({ value: undefined, done: true }));
      if (done || !value) break;
      last = value;
    }
    expect(last).toMatchObject({ kind: 'revoked', message: expect.stringContaining('bob@acme.example') });
  });

  test('gets no new certificate, for the old key or a new one, until restored', async () => {
    await admin.api.admin.revoke({ kind: 'user', name: 'bob@acme.example' });
    const refused = { code: 'POSTERN_SESSION_REVOKED', status: 403 };
    await expect(acme.certify('bob@acme.example', ['developers'], bob)).rejects.toMatchObject(refused);
    await expect(acme.certify('bob@acme.example', ['developers'])).rejects.toMatchObject(refused);
    const { api } = await acme.https(bob.credentials);
    await expect(api.sessions.list({})).rejects.toMatchObject({ status: 403 });
    expect((await admin.api.admin.revocations()).revocations).toMatchObject([
      { revocation: { kind: 'user', name: 'bob@acme.example' }, createdBy: 'alice@acme.example' },
    ]);
    expect(await admin.api.admin.restore({ kind: 'user', name: 'bob@acme.example' })).toEqual({ restored: true });
    const again = await acme.signIn('bob@acme.example', ['developers']);
    expect((await ask(again, pods)).status).toBe(200);
  });

  test('stays revoked over a restart of the controller', async () => {
    await admin.api.admin.revoke({ kind: 'user', name: 'bob@acme.example' });
    await acme.controller.close();
    await acme.startController();
    const { api } = await acme.https(bob.credentials);
    await expect(api.sessions.list({})).rejects.toMatchObject({ code: 'POSTERN_SESSION_REVOKED' });
  });
});

test('a revoked device is refused, and the person’s other device is not', async () => {
  const other = await acme.signIn('bob@acme.example', ['developers']);
  await ask(bob, pods);
  await ask(other, pods);
  expect(await admin.api.admin.revoke({ kind: 'device', name: bob.id })).toEqual({ endedSessions: 1, isKnown: true });
  await expect(ask(bob, pods)).rejects.toThrow();
  expect((await ask(other, pods)).status).toBe(200);
});

test.each(['user', 'device'] as const)(
  'an administrator who revokes their own %s hears that it took effect',
  async (kind) => {
    await ask(admin, pods);
    const name = kind === 'user' ? 'alice@acme.example' : admin.id;
    expect(await admin.api.admin.revoke({ kind, name })).toEqual({ endedSessions: 1, isKnown: true });
    await expect.poll(() => admin.tunnel.state.kind).toBe('waiting');
    const { api } = await acme.https(admin.credentials);
    await expect(api.sessions.list({})).rejects.toMatchObject({ code: 'POSTERN_SESSION_REVOKED' });
  },
);

test('a revoked session stays closed to requests until the user connects again', async () => {
  await ask(bob, pods);
  const { sessions } = await bob.api.sessions.list({ active: true });
  expect(await admin.api.admin.revoke({ kind: 'session', name: sessions[0]!.id })).toEqual({
    endedSessions: 1,
    isKnown: true,
  });
  const refused = await ask(bob, pods);
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.text)).toMatchObject({ details: { causes: [{ reason: 'POSTERN_SESSION_REVOKED' }] } });
  await acme.controller.close();
  await acme.startController();
  await bob.tunnel.whenOpen();
  await expect.poll(async () => (await ask(bob, pods).catch(() => ({ status: 0 }))).status).toBe(403);
  await bob.api.sessions.open({ cluster: 'prod' });
  await expect.poll(async () => (await ask(bob, pods)).status).toBe(200);
});

test('a revoked grant ends its sessions, and a restored one counts again', async () => {
  const ended = await watch(bob);
  expect(await admin.api.admin.revoke({ kind: 'grant', name: 'developers-view' })).toEqual({
    endedSessions: 1,
    isKnown: true,
  });
  expect(await ended()).toBeLessThan(1_000);
  expect((await ask(bob, pods)).status).toBe(404);
  await admin.api.admin.restore({ kind: 'grant', name: 'developers-view' });
  expect((await ask(bob, pods)).status).toBe(200);
});

test('what does not exist cannot be revoked', async () => {
  for (const revocation of [
    { kind: 'device', name: 'none' },
    { kind: 'grant', name: 'none' },
    { kind: 'session', name: '0190b4a0-0000-7000-8000-000000000001' },
  ] as const) {
    await expect(admin.api.admin.revoke(revocation)).rejects.toMatchObject({ code: 'POSTERN_NOT_FOUND', status: 404 });
  }
});

test('a device that signed out is refused with its still valid certificate, also for a renewal', async () => {
  await ask(bob, pods);
  await bob.api.signOut();
  await expect.poll(() => bob.tunnel.state.kind).toBe('waiting');
  const { api } = await acme.https(bob.credentials);
  await expect(api.sessions.list({})).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT', status: 401 });
  await expect(acme.certify('bob@acme.example', ['developers'], bob)).rejects.toMatchObject({
    code: 'POSTERN_SIGNED_OUT',
  });
  expect((await admin.api.admin.sessions({ user: 'bob@acme.example' })).sessions).toMatchObject([
    { endReason: 'signed-out' },
  ]);
});

test('a certificate that has expired is refused, on connections that began before too', async () => {
  expect((await ask(bob, pods)).status).toBe(200);
  aheadMs = 9 * 3_600_000;
  const answer = await ask(bob, pods);
  expect(answer.status).toBe(401);
  expect(JSON.parse(answer.text)).toMatchObject({
    reason: 'Unauthorized',
    details: { causes: [{ reason: 'POSTERN_CERTIFICATE_EXPIRED' }] },
  });
  const { api } = await acme.https(bob.credentials);
  await expect(api.sessions.list({})).rejects.toMatchObject({ code: 'POSTERN_CERTIFICATE_EXPIRED' });
});
