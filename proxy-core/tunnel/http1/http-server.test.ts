import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { listen } from '../testing-listener.ts';
import type { Exchange } from './exchange.ts';
import { HttpServer, type HttpServerOptions } from './http-server.ts';

const servers: { http: HttpServer; server: Server }[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const { http, server } of servers.splice(0)) {
    http.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

const echo = (exchange: Exchange) =>
  void exchange.answer({ status: 200, headers: [], body: `${exchange.request.method} ${exchange.request.target}\n` });

async function start(options: Partial<HttpServerOptions> = {}): Promise<{ http: HttpServer; client: Socket }> {
  const http = new HttpServer({
    maxHeadBytes: 16 * 1024,
    onRequest: echo,
    onUnreadable: (exchange, { status, message }) => void exchange.answer({ status, headers: [], body: message }),
    ...options,
  });
  const server = createServer((socket) => http.serve(socket));
  servers.push({ http, server });
  const client = connect({ port: await listen(server), host: '127.0.0.1', allowHalfOpen: true });
  client.setEncoding('latin1').on('error', () => {});
  await once(client, 'connect');
  return { http, client };
}

async function textUntil(client: Socket, end: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (end.test(text)) return text;
  }
  return text;
}

const get = (target: string, ...headers: string[]) =>
  `${[`GET ${target} HTTP/1.1`, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`;

test('requests that are sent ahead are answered one after the other', async () => {
  const waiting: Exchange[] = [];
  const { client } = await start({ onRequest: (exchange) => void waiting.push(exchange) });
  client.write(get('/1') + get('/2') + get('/3', 'Connection: close'));
  for (const target of ['/1', '/2', '/3']) {
    await vi.waitUntil(() => waiting.length === 1);
    const exchange = waiting.pop() as Exchange;
    expect(exchange.request.target).toBe(target);
    echo(exchange);
  }
  expect((await textUntil(client, /\/3/)).match(/GET \/\d/g)).toEqual(['GET /1', 'GET /2', 'GET /3']);
});

test('ten thousand requests sent ahead are no recursion', async () => {
  const { client } = await start();
  client.write(get('/x').repeat(10_000) + get('/last', 'Connection: close'));
  const text = await textUntil(client, /\/last/);
  expect(text.match(/GET \/x/g)).toHaveLength(10_000);
});

test('a client that sends ahead without end is not read without end', async () => {
  const { client } = await start({ onRequest: () => {} });
  client.write(get('/1'));
  const block = 'x'.repeat(1024 * 1024);
  let sent = 0;
  while (sent < 256 && client.write(block)) sent += 1;
  // What the kernel's buffers hold, and then it stops.
  let before = -1;
  while (before !== client.bytesWritten) {
    before = client.bytesWritten;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(client.writableLength).toBeGreaterThan(0);
  client.destroy();
});

test('a client that sends ahead and reads no answers gets no more of them than the buffers hold, and all once it reads', async () => {
  let answered = 0;
  const { client } = await start({
    onRequest: (exchange) => {
      answered += 1;
      exchange.answer({ status: 200, headers: [], body: 'x'.repeat(100_000) });
    },
  });
  client.pause();
  client.write(get('/x').repeat(999) + get('/last', 'Connection: close'));
  let before = -1;
  while (before !== answered) {
    before = answered;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(answered).toBeLessThan(500);
  await once(client.resume(), 'end');
  expect(answered).toBe(1000);
});

test('what a client sends ahead byte by byte costs no more than what it sends in one piece', async () => {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => callback() });
  new HttpServer({ maxHeadBytes: 1024, onRequest: () => {}, onUnreadable: echo }).serve(stream);
  stream.push(get('/running'));
  for (let sent = 0; sent < 500; sent += 1) {
    stream.push('x');
    await new Promise(setImmediate);
  }
  expect(stream.isPaused()).toBe(true);
});

test('the body of a request that was answered unread ends the connection', async () => {
  const { client } = await start();
  client.write(`POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf`);
  const text = await textUntil(client, /never/);
  expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close\r\n/i);
});

test('what cannot be read is answered and ends the connection', async () => {
  const { client } = await start();
  client.write(`${get('/fine')}GET / HTTP/1.1\r\nA : b\r\n\r\n${get('/smuggled')}`);
  const text = await textUntil(client, /never/);
  expect(text).toMatch(/GET \/fine[\s\S]*HTTP\/1\.1 400 Bad Request/);
  expect(text).not.toContain('smuggled');
});

test('a client that closes its sending side takes its request along', async () => {
  const closed = Promise.withResolvers<void>();
  const { client } = await start({ onRequest: (exchange) => exchange.stream.once('close', () => closed.resolve()) });
  client.end(get('/watch'));
  await closed.promise;
});

test('an answer comes once, and none to a client that is gone', async () => {
  const exchanges: Exchange[] = [];
  const { client } = await start({ onRequest: (exchange) => void exchanges.push(exchange) });
  client.write(get('/1'));
  await vi.waitUntil(() => exchanges.length === 1);
  const [exchange] = exchanges as [Exchange];
  expect(exchange.answer({ status: 200, headers: [], body: 'one' })).toBe(3);
  expect(exchange.answer({ status: 500, headers: [], body: 'two' })).toBe(0);
  client.destroy();
  await new Promise((resolve) => exchange.stream.once('close', resolve));
  expect(exchange.isGone).toBe(true);
});

test('idle connections are closed on demand, and a running request runs on', async () => {
  const exchanges: Exchange[] = [];
  const { http, client } = await start({ onRequest: (exchange) => void exchanges.push(exchange) });
  client.write(get('/running'));
  await vi.waitUntil(() => exchanges.length === 1);
  http.closeIdle();
  echo(exchanges[0] as Exchange);
  expect(await textUntil(client, /running/)).toContain('GET /running');
  http.closeIdle();
  await once(client.resume(), 'end');
});

test('a head that never comes to its end, and a connection nobody uses, are closed in time', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
  const { client: slow } = await start({ headTimeoutMs: 30_000, idleTimeoutMs: 120_000 });
  slow.write('GET / HT');
  const { client: idle } = await start({ headTimeoutMs: 30_000, idleTimeoutMs: 120_000 });
  await vi.waitUntil(() => servers.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const slowEnded = once(slow.resume(), 'end');
  let isIdleOpen = true;
  const idleEnded = once(idle.resume(), 'end').then(() => {
    isIdleOpen = false;
  });
  vi.advanceTimersByTime(35_000);
  await slowEnded;
  expect(isIdleOpen).toBe(true);
  vi.advanceTimersByTime(90_000);
  await idleEnded;
});

test('the last answer of a connection waits for its reader, and the connection goes once the answer is out', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const taken: (() => void)[] = [];
  const stream = new Duplex({
    read() {},
    write: (_chunk, _encoding, callback) => void taken.push(callback),
  });
  new HttpServer({ maxHeadBytes: 1024, onRequest: echo, onUnreadable: echo }).serve(stream);
  stream.push(get('/last', 'Connection: close'));
  await vi.waitUntil(() => taken.length === 1);
  vi.advanceTimersByTime(60_000);
  expect(stream.destroyed).toBe(false);
  taken[0]?.();
  await once(stream, 'finish');
  vi.advanceTimersByTime(5000);
  expect(stream.destroyed).toBe(true);
});

test('the rest of a body that cannot be read is never taken for requests', async () => {
  const seen: string[] = [];
  const { client } = await start({
    onRequest: (exchange) => {
      seen.push(exchange.request.target);
      echo(exchange);
    },
  });
  client.write('POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.write(`0\r\n\r\n${get('/smuggled')}`);
  await textUntil(client, /never/);
  expect(seen).toEqual(['/a']);
});
