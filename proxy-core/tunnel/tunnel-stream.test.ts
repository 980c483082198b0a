import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, expect, test } from 'vitest';
import { tunnelHttpAgent } from './http-agent.ts';
import { createStreamServer, serveHttp } from './serve-http.ts';
import { closing, openTestPair, streamQueue, type TestPair } from './testing-pair.ts';
import type { StreamAcceptor } from './types.ts';

let pair: TestPair | undefined;
afterEach(async () => {
  await pair?.[Symbol.asyncDispose]();
  pair = undefined;
});

async function open(accept: StreamAcceptor): Promise<Duplex> {
  pair = await openTestPair(accept);
  return await pair.tunnel.open('gateway');
}

async function digest(stream: Duplex): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

test.each(['latin1', 'utf8', 'hex', 'base64'] as const)(
  '%s strings arrive as the bytes they stand for',
  async (encoding) => {
    const stream = await open((_target, accepted) => accepted.pipe(accepted));
    const pieces = [1, 3, 1000, 20_000, 300_000].map((length) => randomBytes(length * 3).toString(encoding));
    for (const piece of pieces) {
      stream.write(piece, encoding);
      stream.cork();
      stream.write(Buffer.from('|'));
      stream.write(piece, encoding);
      stream.uncork();
    }
    stream.end();
    const expected = Buffer.concat(
      pieces.flatMap((piece) => [Buffer.from(piece, encoding), Buffer.from('|'), Buffer.from(piece, encoding)]),
    );
    expect(await digest(stream)).toEqual({
      sizeBytes: expected.length,
      sha256: createHash('sha256').update(expected).digest('hex'),
    });
  },
);

// Seen with Node's HTTP/1.1 straight on HTTP/2 streams: its heads and string bodies are strings.
test('HTTP/1.1 written as strings by client and server arrives unchanged', async () => {
  const server = createStreamServer((request, response) => {
    let text = '';
    request.setEncoding('latin1');
    request.on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      response.setHeader('x-echo', request.headers['x-long'] ?? '');
      response.write(`é€${text.length}`);
      response.write(text, 'latin1');
      response.end();
    });
  });
  pair = await openTestPair((_target, stream) => serveHttp(server, stream));
  const agent = tunnelHttpAgent(pair.tunnel, 'gateway');
  const lengths = Array.from({ length: 200 }, (_, index) => (index * 977) % 90_000);
  await Promise.all(
    lengths.map(async (length) => {
      const body = 'ÿ'.repeat(length);
      const long = 'v'.repeat(length % 3000);
      const request = http.request({ agent, method: 'POST', headers: { 'x-long': long } });
      request.write(body.slice(0, length / 2), 'latin1');
      request.end(body.slice(Math.trunc(length / 2)), 'latin1');
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      expect(response.headers['x-echo']).toBe(long);
      const expected = Buffer.concat([Buffer.from(`é€${length}`), Buffer.alloc(length, 0xff)]);
      expect(Buffer.concat(chunks).equals(expected)).toBe(true);
    }),
  );
  agent.destroy();
});

test('64 MB pass in both directions at once with equal checksums', async () => {
  const there = randomBytes(1024 * 1024);
  const back = randomBytes(1024 * 1024);
  const repeat = 64;
  async function* times(block: Buffer) {
    for (let count = 0; count < repeat; count += 1) yield block;
  }
  const expected = (block: Buffer) => {
    const hash = createHash('sha256');
    for (let count = 0; count < repeat; count += 1) hash.update(block);
    return { sizeBytes: block.length * repeat, sha256: hash.digest('hex') };
  };
  const queue = streamQueue();
  const near = await open(queue.accept);
  const { stream: far } = await queue.next();
  const [received, answered] = await Promise.all([
    digest(far),
    digest(near),
    pipeline(times(there), near, { end: true }).catch(() => {}),
    pipeline(times(back), far, { end: true }).catch(() => {}),
  ]);
  expect(received).toEqual(expected(there));
  expect(answered).toEqual(expected(back));
});

test('each direction ends on its own', async () => {
  const queue = streamQueue();
  const near = await open(queue.accept);
  const { stream: far } = await queue.next();
  const closed = Promise.all([closing(near), closing(far)]);
  near.end('question');
  const heard: Buffer[] = [];
  for await (const chunk of far.iterator({ destroyOnReturn: false })) heard.push(chunk as Buffer);
  expect(Buffer.concat(heard).toString()).toBe('question');
  far.end('answer');
  const answer: Buffer[] = [];
  for await (const chunk of near) answer.push(chunk as Buffer);
  expect(Buffer.concat(answer).toString()).toBe('answer');
  expect(await closed).toEqual([null, null]);
});

test('destroying one end breaks the other at once', async () => {
  const queue = streamQueue();
  const near = await open(queue.accept);
  const { stream: far } = await queue.next();
  const broken = closing(far);
  near.destroy();
  expect(await broken).toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
});

// As a hop does that has answered before the request was whole.
test('an answer that was sent in whole can be read after its sender has left', async () => {
  const queue = streamQueue();
  const near = await open(queue.accept);
  const { stream: far } = await queue.next();
  near.write(Buffer.alloc(4_000_000));
  const closed = Promise.all([closing(near), closing(far)]);
  far.end(Buffer.alloc(900_000));
  await once(far, 'finish');
  far.destroy();
  // Until the reset has come.
  while (near.writableLength > 0) await new Promise((resolve) => setImmediate(resolve));
  expect((await digest(near)).sizeBytes).toBe(900_000);
  expect(await closed).toEqual([null, null]);
});

test('a stream that is destroyed with unread data leaves nothing behind', async () => {
  const queue = streamQueue();
  const near = await open(queue.accept);
  const { stream: far } = await queue.next();
  const broken = closing(far);
  far.write(Buffer.alloc(3_000_000));
  await once(near, 'readable');
  near.destroy();
  await broken;
  expect(pair?.accepted.map((connection) => connection.openStreams)).toEqual([0, 0]);
});

test('a broken connection is an error on every stream of it', async () => {
  const queue = streamQueue();
  const near = await open(queue.accept);
  const broken = closing(near);
  await queue.next();
  pair?.listener.cutAll();
  expect(await broken).toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
});

test('setTimeout fires for a stream without bytes, and not while they flow', async () => {
  const stream = (await open((_target, accepted) => accepted.pipe(accepted))) as Duplex & {
    setTimeout(timeoutMs: number, listener: () => void): void;
  };
  await new Promise<void>((resolve) => stream.setTimeout(20, resolve));
});
