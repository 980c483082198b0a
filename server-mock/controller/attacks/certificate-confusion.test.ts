import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Tunnel, type TunnelCredentials } from '../../../proxy-core/tunnel/index.ts';
import { CertificateAuthority } from '../certificates/authority.ts';
import { deviceUri } from '../certificates/peer.ts';
import { readCertificateRequest } from '../certificates/request.ts';
import { systemClock } from '../clock.ts';
import { type TestDevice, TestOrganisation } from '../fixtures/controller.ts';
import { newKeyPair } from '../fixtures/device.ts';

let acme: TestOrganisation;
let alice: TestDevice;
let agent: Awaited<ReturnType<TestOrganisation['cluster']>>;
let foreignDir: string;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  agent = await acme.cluster('prod');
  alice = await acme.signIn('alice@acme.example', ['platform-admins', 'developers']);
  foreignDir = await mkdtemp(join(tmpdir(), 'postern-foreign-'));
});
afterAll(async () => {
  await acme[Symbol.asyncDispose]();
  await rm(foreignDir, { recursive: true, force: true });
});

/** What the controller says to a tunnel of that kind with those credentials. */
async function refusal(kind: 'forward' | 'reversed', credentials: TunnelCredentials): Promise<unknown> {
  const tunnel = new Tunnel({
    addresses: () => [acme.controller.address],
    credentials: () => credentials,
    mode: kind === 'forward' ? { kind } : { kind, accept: () => {} },
  });
  try {
    await expect.poll(() => tunnel.state.kind).toBe('waiting');
    return tunnel.state.kind === 'waiting' ? tunnel.state.lastError.cause : undefined;
  } finally {
    await tunnel.close({ drainMs: 0 });
  }
}

/** A certificate by another authority of the same making, for the same device id. */
async function forged(): Promise<TunnelCredentials> {
  const authority = await CertificateAuthority.open(foreignDir, 'acme', systemClock);
  const keys = await newKeyPair();
  const { publicKey } = await readCertificateRequest(keys.certificateRequest);
  const { certificate } = await authority.issueClient(publicKey, {
    commonName: 'alice@acme.example',
    uri: deviceUri(alice.id),
    lifetimeMs: 3_600_000,
  });
  return { key: keys.key, certificate, ca: alice.credentials.ca };
}

describe('a tunnel', () => {
  test('for an app is refused with an agent’s certificate', async () => {
    expect(await refusal('forward', agent.credentials)).toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
  });

  test('for an agent is refused with a device’s certificate, an administrator’s too', async () => {
    expect(await refusal('reversed', alice.credentials)).toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
  });

  test('is refused with a certificate that another authority made for the same device', async () => {
    expect(await refusal('forward', await forged())).toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
  });

  test('of an agent serves no streams that only an app may open', async () => {
    await expect(alice.tunnel.open('kubernetes')).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_REFUSED' });
    await expect(alice.tunnel.open('control')).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_REFUSED' });
  });
});

describe('the API', () => {
  test('takes an agent’s certificate for nobody', async () => {
    const { api } = await acme.https(agent.credentials);
    await expect(api.sessions.list({})).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT', status: 401 });
    await expect(api.admin.get({})).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
  });

  test('renews no agent for a device, and none without a certificate', async () => {
    const { certificateRequest } = await newKeyPair();
    for (const credentials of [alice.credentials, undefined]) {
      const { api } = await acme.https(credentials);
      await expect(api.agents.renew({ certificateRequest })).rejects.toMatchObject({
        code: 'POSTERN_JOIN_TOKEN_REFUSED',
      });
    }
    const { api } = await acme.https(agent.credentials);
    await expect(api.agents.renew({ certificateRequest })).resolves.toMatchObject({ cluster: 'prod' });
  });

  test('answers a forged certificate with nothing but the reason', async () => {
    const { fetch: call, origin } = await acme.https(await forged());
    for (const path of ['/healthz', '/api/v1/sessions', '/.well-known/postern', '/metrics']) {
      const answer = await call(`${origin}${path}`);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
    }
  });

  test('knows a device by its certificate on the listener too', async () => {
    const { api } = await acme.https(alice.credentials);
    await expect(api.sessions.list({})).resolves.toMatchObject({ sessions: expect.any(Array) });
  });

  test('refuses everybody who is not signed in, and who is no administrator', async () => {
    const { api } = await acme.https();
    const bob = await acme.signIn('bob@acme.example', ['developers']);
    const calls = (each: typeof api) => [
      () => each.admin.get({}),
      () => each.admin.apply({ yaml: '' }),
      () => each.admin.clusters.list(),
      () => each.admin.clusters.import({ name: 'mine' }),
      () => each.admin.clusters.remove({ name: 'prod' }),
      () => each.admin.delete({ kind: 'Grant', name: 'platform-admin' }),
      () => each.admin.revoke({ kind: 'user', name: 'alice@acme.example' }),
      () => each.admin.restore({ kind: 'user', name: 'bob@acme.example' }),
      () => each.admin.revocations(),
      () => each.admin.sessions({}),
      () => each.admin.audit({}),
    ];
    for (const call of calls(api)) await expect(call()).rejects.toMatchObject({ code: 'POSTERN_SIGNED_OUT' });
    for (const call of calls(bob.api))
      await expect(call()).rejects.toMatchObject({ code: 'POSTERN_NOT_ADMINISTRATOR', status: 403 });
  });
});
