import * as http from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { acceptTunnel } from './accept.ts';
import { controllerHttpsAgent } from './controller-https-agent.ts';
import { fetchOver } from './fetch-over.ts';
import { tunnelHttpAgent } from './http-agent.ts';
import { outboundProxy } from './outbound-proxy.ts';
import { createStreamServer, serveHttp } from './serve-http.ts';
import { listen, startTestListener } from './testing-listener.ts';
import { Tunnel } from './tunnel.ts';
import { tunnelProtocol } from './types.ts';

const environment = { HTTPS_PROXY: 'http://proxy.example:3128' };
const via = (host: string, exceptions: string, port = 443) =>
  outboundProxy(host, port, { ...environment, NO_PROXY: exceptions })?.host;

test('without HTTPS_PROXY connections are direct', () => {
  expect(outboundProxy('controller.example', 443, {})).toBeUndefined();
  expect(outboundProxy('controller.example', 443, { HTTPS_PROXY: '' })).toBeUndefined();
});

test('lower case wins over upper case, as in curl, and a bare host:port is http', () => {
  const proxy = outboundProxy('controller.example', 443, { ...environment, https_proxy: 'other.example:8080' });
  expect(proxy?.href).toBe('http://other.example:8080/');
});

test.each([
  ['controller.example', '*', undefined],
  ['controller.example', 'controller.example', undefined],
  ['eu.controller.example', 'controller.example', undefined],
  ['notcontroller.example', 'controller.example', 'proxy.example:3128'],
  ['eu.controller.example', '.controller.example', undefined],
  ['controller.example', '.controller.example', 'proxy.example:3128'],
  ['eu.controller.example', 'a.example, *.controller.example', undefined],
  ['controller.example', 'controller.example:8443', 'proxy.example:3128'],
  ['CONTROLLER.example.', 'controller.EXAMPLE', undefined],
  ['10.1.2.3', '10.0.0.0/8', undefined],
  ['11.1.2.3', '10.0.0.0/8', 'proxy.example:3128'],
  ['10.1.2.3', '10.1.2.3', undefined],
  ['::1', '::1', undefined],
  ['fd00::5', 'fd00::/8', undefined],
  ['10.1.2.3', '10.0.0.0/99', 'proxy.example:3128'],
])('%s with NO_PROXY=%s', (host, exceptions, expected) => {
  expect(via(host, exceptions)).toBe(expected);
});

test('a proxy URL that cannot be used is an error that names the variable', () => {
  expect(() => outboundProxy('controller.example', 443, { HTTPS_PROXY: 'socks5://proxy.example' })).toThrow(
    /HTTPS_PROXY/,
  );
});

const cleanUps: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startProxy(answer: 'connect' | 'refuse') {
  const seen: { target: string; authorization: string | undefined }[] = [];
  const open = new Set<Socket>();
  const proxy = http.createServer();
  proxy.on('connect', (request, client: Socket) => {
    seen.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    open.add(client);
    client.on('error', () => {});
    if (answer === 'refuse') {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  const port = await listen(proxy);
  cleanUps.push(() => {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => proxy.close(resolve));
  });
  return { seen, url: `http://user:p%40ss@127.0.0.1:${port}` };
}

test('the tunnel and HTTPS calls to the controller go through the proxy, with its credentials', async () => {
  const proxy = await startProxy('connect');
  const server = createStreamServer((request, response) => response.end(`served ${request.url}`));
  const listener = await startTestListener((socket) => {
    if (socket.alpnProtocol === tunnelProtocol) acceptTunnel(socket, (_target, stream) => serveHttp(server, stream));
    else serveHttp(server, socket);
  });
  cleanUps.push(() => listener.close());
  const credentials = await listener.credentials();
  const tunnel = new Tunnel({
    addresses: () => [listener.address],
    credentials: () => credentials,
    mode: { kind: 'forward' },
    environment: { HTTPS_PROXY: proxy.url },
  });
  cleanUps.push(() => tunnel.close({ drainMs: 0 }));
  await tunnel.whenOpen(AbortSignal.timeout(5000));
  const agent = tunnelHttpAgent(tunnel, 'api');
  expect(await (await fetchOver(agent)('/tunnel')).text()).toBe('served /tunnel');
  agent.destroy();

  const { ca, key, certificate } = credentials;
  const direct = controllerHttpsAgent({ ca, key, certificate, environment: { HTTPS_PROXY: proxy.url } });
  const response = await fetchOver(direct, `https://${listener.address}`)('/direct');
  expect(await response.text()).toBe('served /direct');

  expect(proxy.seen.length).toBeGreaterThanOrEqual(2);
  const authorization = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
  expect(proxy.seen).toEqual(proxy.seen.map(() => ({ target: listener.address, authorization })));
});

test('a proxy that refuses is named, and its password is not', async () => {
  const proxy = await startProxy('refuse');
  const agent = controllerHttpsAgent({ environment: { HTTPS_PROXY: proxy.url } });
  const error = await fetchOver(agent, 'https://controller.example')('/').catch((cause: Error) => cause);
  expect(error).toMatchObject({ cause: { code: 'POSTERN_CONTROLLER_UNREACHABLE' } });
  expect(String((error as Error).cause)).toMatch(/proxy 127\.0\.0\.1:\d+ refused .* 407/);
  expect(String((error as Error).cause)).not.toContain('p@ss');
});
