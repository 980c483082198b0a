import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createStreamServer, serveHttp } from '../serve-http.ts';
import { openTestPair } from '../testing-pair.ts';
import { Cut } from './cut.ts';
import type { ForwardOptions } from './forward-options.ts';
import { startTestHop, type TestHop } from './testing-hop.ts';
import { tunnelPool } from './upstream-pool.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type OnUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

async function start(onUpgrade: OnUpgrade | undefined, options: Partial<ForwardOptions> = {}): Promise<TestHop> {
  const hop = await startTestHop((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"kind":"Status"}');
  }, options);
  cleanUps.push(() => hop[Symbol.asyncDispose]());
  if (onUpgrade !== undefined) hop.upstream.on('upgrade', onUpgrade);
  return hop;
}

const request = (method: string, protocol: string) =>
  `${method} /exec?command=sh HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
  'X-Stream-Protocol-Version: v4.channel.k8s.io\r\nX-Stream-Protocol-Version: v5.channel.k8s.io\r\n\r\n';

const switching = (protocol: string) =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\nX-Chosen: v5.channel.k8s.io\r\n\r\n`;

/** Reads until `marker`; what follows it stays unread. */
async function readUntil(socket: Socket, marker: string): Promise<string> {
  let text = '';
  while (!text.includes(marker)) {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) await once(socket, 'readable');
    else text += chunk.toString('latin1');
  }
  const end = text.indexOf(marker) + marker.length;
  if (end < text.length) socket.unshift(Buffer.from(text.slice(end), 'latin1'));
  return text.slice(0, end);
}

test.each([
  ['GET', 'websocket'],
  ['POST', 'SPDY/3.1'],
  ['GET', 'SPDY/3.1'],
])('%s with %s switches, and bytes pass both ways', async (method, protocol) => {
  let seen: IncomingMessage | undefined;
  const hop = await start((incoming, socket, head) => {
    seen = incoming;
    socket.write(switching(protocol));
    socket.write(`early ${head}`);
    socket.on('data', (chunk) => socket.write(chunk));
    socket.on('end', () => socket.end());
  });
  const client = await hop.connect();
  client.write(`${request(method, protocol)}impatient`);
  const head = await readUntil(client, '\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
  expect(head).toContain(`upgrade: ${protocol}\r\n`);
  expect(head).toContain('x-chosen: v5.channel.k8s.io\r\n');
  expect(seen?.method).toBe(method);
  expect(seen?.url).toBe('/exec?command=sh');
  expect(seen?.rawHeaders.filter((text) => text === 'x-stream-protocol-version')).toHaveLength(2);
  await readUntil(client, 'early ');
  expect(await readUntil(client, 'impatient')).toBe('impatient');
  client.write('hello');
  expect(await readUntil(client, 'hello')).toBe('hello');
  client.end();
  await once(client.resume(), 'end');
  expect(await hop.outcomes[0]).toMatchObject({
    kind: 'completed',
    status: 101,
    bytesIn: 14,
    bytesOut: 20,
    error: null,
  });
});

test('32 MB pass each way at once through a tunnel, with back-pressure and equal checksums', async () => {
  const block = randomBytes(1024 * 1024);
  const server = createStreamServer(
    () => {},
    (_request, socket) => {
      socket.write(switching('SPDY/3.1'));
      socket.pipe(socket);
    },
  );
  const pair = await openTestPair((_target, stream) => serveHttp(server, stream));
  const pool = tunnelPool(pair.tunnel, 'gateway');
  cleanUps.push(
    () => pair[Symbol.asyncDispose](),
    () => pool.close(),
  );
  const hop = await start(undefined, { pool });
  const client = await hop.connect();
  client.write(request('POST', 'SPDY/3.1'));
  await readUntil(client, '\r\n\r\n');
  const expected = createHash('sha256');
  const received = createHash('sha256');
  const send = async () => {
    for (let count = 0; count < 32; count += 1) {
      expected.update(block);
      if (!client.write(block)) await once(client, 'drain');
    }
    client.end();
  };
  const receive = async () => {
    for await (const chunk of client) received.update(chunk as Buffer);
  };
  await Promise.all([send(), receive()]);
  expect(received.digest('hex')).toBe(expected.digest('hex'));
  expect(await hop.outcomes[0]).toMatchObject({
    kind: 'completed',
    bytesIn: 32 * block.length,
    bytesOut: 32 * block.length,
  });
}, 20_000);

test('megabytes sent before the switch arrive in order, also through an upstream that reads slowly', async () => {
  const hop = await start((_incoming, socket) => {
    socket.pause();
    setTimeout(() => {
      socket.write(switching('SPDY/3.1'));
      socket.pipe(socket);
    }, 50);
  });
  const client = await hop.connect();
  const block = randomBytes(8 * 1024 * 1024);
  client.write(request('POST', 'SPDY/3.1'));
  client.end(block);
  let received = Buffer.alloc(0);
  for await (const chunk of client) received = Buffer.concat([received, chunk as Buffer]);
  const body = received.subarray(received.indexOf('\r\n\r\n') + 4);
  expect(body.length).toBe(block.length);
  expect(body.equals(block)).toBe(true);
});

test('half-close passes: the answer to the last word still arrives', async () => {
  const hop = await start((_incoming, socket) => {
    socket.write(switching('websocket'));
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('end', () => socket.end(`heard ${heard}`));
  });
  const client = await hop.connect();
  client.write(request('GET', 'websocket'));
  await readUntil(client, '\r\n\r\n');
  client.end('the last word');
  let answer = '';
  for await (const chunk of client) answer += chunk;
  expect(answer).toBe('heard the last word');
});

test('any other answer is passed through whole, and the connection is closed after it', async () => {
  const hop = await start(undefined);
  const answer = await hop.raw(request('POST', 'SPDY/3.1'));
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  expect(answer).toMatch(/content-type: application\/json\r\n/i);
  expect(answer).toMatch(/connection: close\r\n/i);
  expect(answer).toContain('{"kind":"Status"}');
  expect(await hop.outcomes[0]).toMatchObject({ kind: 'completed', status: 403, bytesOut: 17 });
});

test('an upstream that fails before its answer is for the hop to tell', async () => {
  const hop = await start((_incoming, socket) => socket.destroy());
  expect(await hop.raw(request('GET', 'websocket'))).toMatch(/^HTTP\/1\.1 502 [\s\S]*hop: /);
  expect(await hop.outcomes[0]).toMatchObject({ kind: 'failed', status: null });
});

test('a client that goes away ends the upstream, before the switch and after it', async () => {
  const gone: Promise<unknown>[] = [];
  let isPatient = true;
  const hop = await start((_incoming, socket) => {
    socket.on('error', () => {}).on('end', () => socket.end());
    gone.push(once(socket, 'close'));
    if (!isPatient) socket.write(switching('websocket'));
    socket.resume();
  });
  const before = await hop.connect();
  before.write(request('GET', 'websocket'));
  while (gone.length < 1) await new Promise((resolve) => setImmediate(resolve));
  before.destroy();
  await gone[0];
  expect(await hop.outcomes[0]).toMatchObject({ kind: 'client-gone', status: null });
  isPatient = false;
  const after = await hop.connect();
  after.write(request('GET', 'websocket'));
  await readUntil(after, '\r\n\r\n');
  after.resetAndDestroy();
  await gone[1];
  expect((await hop.outcomes[1])?.kind).toBe('client-gone');
});

test('an upstream that breaks ends the client', async () => {
  const hop = await start((_incoming, socket) => {
    socket.write(switching('websocket'));
    socket.on('data', () => socket.resetAndDestroy());
  });
  const client = await hop.connect();
  client.write(request('GET', 'websocket'));
  await readUntil(client, '\r\n\r\n');
  client.write('now');
  await once(client.resume(), 'end');
  expect(await hop.outcomes[0]).toMatchObject({ kind: 'failed', status: 101 });
});

test('a cut ends a running splice at once, and answers one that has not begun', async () => {
  const cut = new Cut();
  const gone = Promise.withResolvers<void>();
  const hop = await start(
    (_incoming, socket) => {
      socket.on('error', () => {}).on('end', () => socket.end());
      socket.on('close', () => gone.resolve());
      socket.write(switching('websocket'));
      socket.resume();
    },
    { cut },
  );
  const client = await hop.connect();
  client.write(request('GET', 'websocket'));
  await readUntil(client, '\r\n\r\n');
  const ended = once(client.resume(), 'end');
  cut.fall(new Error('revoked'));
  await Promise.all([ended, gone.promise]);
  expect(await hop.outcomes[0]).toMatchObject({ kind: 'cut', error: new Error('revoked') });
  expect(await hop.raw(request('GET', 'websocket'))).toMatch(/^HTTP\/1\.1 502 [\s\S]*hop: revoked/);
});

test('a reader that stalls stops the writer', async () => {
  let written = 0;
  const hop = await start((_incoming, socket) => {
    socket.on('error', () => {});
    socket.write(switching('websocket'));
    const block = Buffer.alloc(256 * 1024);
    const fill = () => {
      while (socket.write(block)) written += block.length;
      written += block.length;
    };
    socket.on('drain', fill);
    fill();
  });
  const client = await hop.connect();
  client.write(request('GET', 'websocket'));
  await readUntil(client, '\r\n\r\n');
  client.pause();
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  // What the kernel's socket buffers on loopback hold, on two connections, and ours.
  expect(written).toBeLessThan(32 * 1024 * 1024);
});
