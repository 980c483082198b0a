import * as http from 'node:http';
import * as net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Discovery } from '../contract/controller.ts';
import { formatControllerUrl, pinOf } from './controller-address.ts';
import { controllerHttpsAgent } from './controller-https-agent.ts';
import { discover } from './discover.ts';
import { fetchOver } from './fetch-over.ts';
import { createTestAuthority, type TestAuthority } from './testing-certificates.ts';
import { listen, startTestListener } from './testing-listener.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function document(ca: string): Discovery {
  return {
    product: 'postern',
    version: '0.1.0',
    organisation: 'acme',
    replicas: ['127.0.0.1:8443'],
    certificateAuthority: ca,
    oidc: { issuer: 'https://idp.example', clientId: 'postern', scopes: ['openid'] },
  };
}

/** A listener whose `/.well-known/postern` is `answer`. */
async function serve(
  answer: (authority: TestAuthority) => { status?: number; body: string },
  authority?: TestAuthority,
) {
  const server = http.createServer((_request, response) => {
    const { status, body } = answer(listener.authority);
    response.writeHead(status ?? 200).end(body);
  });
  const listener = await startTestListener((socket) => server.emit('connection', socket), {
    rejectUnauthorized: false,
    authority,
  });
  cleanUps.push(() => listener.close());
  return listener;
}

const environment = {};

test('the pin is enough to trust a controller of its own authority', async () => {
  const listener = await serve(({ ca }) => ({ body: JSON.stringify(document(ca)) }));
  const address = { host: '127.0.0.1', port: listener.port, pin: pinOf(listener.authority.ca) };
  const found = await discover(formatControllerUrl(address), { environment });
  expect(found).toMatchObject({
    address,
    origin: `https://127.0.0.1:${listener.port}`,
    discovery: { organisation: 'acme' },
    ca: listener.authority.ca,
    httpsCa: listener.authority.ca,
  });
  const again = fetchOver(controllerHttpsAgent({ ca: found.httpsCa, environment }), found.origin);
  expect(await (await again('/.well-known/postern')).json()).toMatchObject({ product: 'postern' });
});

test('without a pin, a certificate that is not publicly trusted is refused', async () => {
  const listener = await serve(({ ca }) => ({ body: JSON.stringify(document(ca)) }));
  await expect(discover(`https://127.0.0.1:${listener.port}`, { environment })).rejects.toMatchObject({
    code: 'POSTERN_CONTROLLER_UNTRUSTED',
    hint: expect.stringContaining('#ca=sha256:'),
  });
});

test('another authority than the pinned one is refused', async () => {
  const listener = await serve(({ ca }) => ({ body: JSON.stringify(document(ca)) }));
  const pin = pinOf((await createTestAuthority()).ca);
  await expect(discover({ host: '127.0.0.1', port: listener.port, pin }, { environment })).rejects.toMatchObject({
    code: 'POSTERN_CONTROLLER_UNTRUSTED',
  });
});

// The attack that makes the second reading necessary: the true CA certificate is public, so anybody can show it.
test('somebody in between who shows the true authority but has no certificate of it is refused', async () => {
  const genuine = await createTestAuthority();
  const listener = await serve(() => ({
    body: JSON.stringify({
      ...document(genuine.ca),
      oidc: { issuer: 'https://evil.example', clientId: 'x', scopes: [] },
    }),
  }));
  await expect(
    discover({ host: '127.0.0.1', port: listener.port, pin: pinOf(genuine.ca) }, { environment }),
  ).rejects.toMatchObject({ code: 'POSTERN_CONTROLLER_UNTRUSTED' });
});

test('a certificate of the authority for another host is refused', async () => {
  const listener = await serve(({ ca }) => ({ body: JSON.stringify(document(ca)) }));
  const url = { host: 'localhost.localdomain', port: listener.port, pin: pinOf(listener.authority.ca) };
  const error = await discover(url, { environment, timeoutMs: 3000 }).catch((cause: unknown) => cause);
  // Where the name does not resolve at all, nothing can be asked.
  expect(error).toMatchObject({
    code: expect.stringMatching(/POSTERN_CONTROLLER_(UNTRUSTED|UNREACHABLE)/),
  });
});

test.each([
  ['a 404', { status: 404, body: 'nothing here' }],
  ['a web page', { body: '<!doctype html>' }],
  ['another product', { body: '{"product":"something-else"}' }],
  ['an authority that is no certificate', { body: JSON.stringify(document('no PEM')) }],
  ['a document without end', { body: 'x'.repeat(300 * 1024) }],
])('%s is not a Postern controller', async (_name, answer) => {
  const listener = await serve(() => answer);
  const url = { host: '127.0.0.1', port: listener.port, pin: pinOf(listener.authority.ca) };
  await expect(discover(url, { environment })).rejects.toMatchObject({ code: 'POSTERN_CONTROLLER_NOT_POSTERN' });
});

test('a port that speaks plain HTTP is not a Postern controller', async () => {
  const server = http.createServer();
  const port = await listen(server);
  cleanUps.push(() => server.close());
  await expect(discover(`https://127.0.0.1:${port}`, { environment })).rejects.toMatchObject({
    code: 'POSTERN_CONTROLLER_NOT_POSTERN',
  });
});

test('a port where nobody listens is unreachable', async () => {
  const server = net.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  await expect(discover(`https://127.0.0.1:${port}`, { environment })).rejects.toMatchObject({
    code: 'POSTERN_CONTROLLER_UNREACHABLE',
  });
});

test('a controller that does not answer is unreachable after the time given', async () => {
  const silent = net.createServer((socket) => cleanUps.push(() => socket.destroy()));
  const port = await listen(silent);
  cleanUps.push(() => silent.close());
  await expect(discover(`https://127.0.0.1:${port}`, { environment, timeoutMs: 50 })).rejects.toMatchObject({
    code: 'POSTERN_CONTROLLER_UNREACHABLE',
  });
});

test('an abort ends the discovery with its own reason', async () => {
  const silent = net.createServer((socket) => cleanUps.push(() => socket.destroy()));
  const port = await listen(silent);
  cleanUps.push(() => silent.close());
  const abort = new AbortController();
  const running = discover(`https://127.0.0.1:${port}`, { environment, signal: abort.signal });
  abort.abort(new Error('never mind'));
  await expect(running).rejects.toThrow('never mind');
});
