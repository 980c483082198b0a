import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

let acme: TestOrganisation;
let alice: TestDevice;
let call: typeof fetch;
let origin: string;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('prod');
  alice = await acme.signIn('alice@acme.example', ['platform-admins', 'developers']);
  ({ fetch: call, origin } = await acme.https());
});
afterAll(() => acme[Symbol.asyncDispose]());

const post = (path: string, body: string | ReadableStream, type = 'application/json') =>
  call(`${origin}${path}`, { method: 'POST', body, headers: { 'content-type': type }, duplex: 'half' } as RequestInit);

describe('the API', () => {
  test('refuses a body of more bytes than any call needs, declared or not', async () => {
    const declared = await post('/api/v1/device-certificates', JSON.stringify({ idToken: 'x'.repeat(200_000) }));
    expect(declared.status).toBe(400);
    expect(await declared.json()).toMatchObject({ code: 'POSTERN_INPUT_INVALID' });
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(65_536))),
    });
    const streamed = await post('/api/v1/device-certificates', endless).catch((error: unknown) => error);
    if (streamed instanceof Response) expect(streamed.status).toBe(400);
    expect((await call(`${origin}/healthz`)).status).toBe(200);
  });

  test('takes a body as large as a policy from administrators only', async () => {
    const body = JSON.stringify({ yaml: '#'.repeat(1_000_000) });
    const bob = await acme.signIn('bob@acme.example', ['developers']);
    const agent = await acme.cluster('dev');
    for (const { credentials } of [bob, agent]) {
      const { fetch: asThem } = await acme.https(credentials);
      const answer = await asThem(`${origin}/api/v1/admin/policy`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ message: expect.stringContaining('larger than') });
    }
    await expect(alice.api.admin.apply({ yaml: '#'.repeat(4 * 1024 * 1024) })).resolves.toEqual({ results: [] });
  });

  test('names the field that is too long', async () => {
    const answer = await post(
      '/api/v1/agents/join',
      JSON.stringify({ joinToken: 'x'.repeat(513), certificateRequest: '' }),
    );
    expect(await answer.json()).toMatchObject({
      code: 'POSTERN_INPUT_INVALID',
      status: 400,
      message: expect.stringMatching(/^joinToken: /),
    });
  });

  test('takes JSON only', async () => {
    for (const [body, type] of [
      ['idToken=x', 'application/x-www-form-urlencoded'],
      ['{}', 'text/plain'],
      ['--x', 'multipart/form-data; boundary=x'],
      ['{', 'application/json'],
      ['[]', 'application/json'],
      ['null', 'application/json'],
    ] as const) {
      const answer = await post('/api/v1/device-certificates', body, type);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'POSTERN_INPUT_INVALID' });
    }
  });

  test('does not fall over numbers, flags and cursors that are none', async () => {
    const { fetch: asAlice } = await acme.https(alice.credentials);
    for (const query of [
      'limit=0',
      'limit=501',
      'limit=x',
      'active=maybe',
      'cursor=%00',
      'cursor=e30',
      'limit[a]=1',
      '__proto__[x]=1&limit=-1',
    ]) {
      const answer = await asAlice(`${origin}/api/v1/sessions?${query}`);
      expect(answer.status).toBe(400);
    }
    expect((await asAlice(`${origin}/api/v1/sessions?active=true&limit=5`)).status).toBe(200);
  });

  test('refuses a policy that is a YAML bomb', async () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefghij'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`),
    ].join('\n');
    await expect(alice.api.admin.apply({ yaml: bomb })).rejects.toMatchObject({ code: 'POSTERN_POLICY_INVALID' });
  });
});

describe('the listener', () => {
  test('survives what is no TLS, no HTTP, and headers without end', async () => {
    const [host, port] = acme.controller.address.split(':') as [string, string];
    const speak = (alpn: string, bytes: string) =>
      new Promise<string>((resolve) => {
        const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: [alpn] }, () =>
          socket.write(bytes),
        );
        let answer = '';
        socket.on('data', (chunk) => {
          answer += chunk;
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve(answer));
      });
    expect(await speak('http/1.1', 'GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/);
    expect(await speak('http/1.1', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431/,
    );
    expect(
      await speak(
        'http/1.1',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 400/);
    await speak('postern-tunnel/1', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    expect((await call(`${origin}/healthz`)).status).toBe(200);
  });
});

test('the gateway cuts in the log what is longer than a log line', async () => {
  await ask(
    alice,
    `/clusters/prod/roles/viewer/api/v1/namespaces/default/pods?fieldSelector=${'x'.repeat(10_000)}&token=hush&access_token=hush`,
  );
  await expect
    .poll(async () =>
      (await alice.api.admin.audit({ user: 'alice@acme.example' })).events.some(
        ({ query }) => query.startsWith('fieldSelector=xxx') && query.length < 2_100,
      ),
    )
    .toBe(true);
  await ask(alice, '/clusters/prod/roles/viewer/api/v1/namespaces/default/pods?token=hush&limit=3&access_token=hush');
  await expect
    .poll(async () => (await alice.api.admin.audit({ user: 'alice@acme.example' })).events.map(({ query }) => query))
    .toContain('token=redacted&limit=3&access_token=redacted');
});

test('a request with a name of no sense is refused like every other, and its record stays small', async () => {
  const answer = await ask(
    alice,
    `/clusters/prod/roles/viewer/api/v1/namespaces/default/secrets/${'%F0%9F%98%80'.repeat(4_000)}`,
  );
  expect(answer.status).toBe(403);
  expect(String(answer.headers['postern-record']).length).toBeLessThan(64 * 1024);
});
