import { once } from 'node:events';
import { setTimeout, setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Http2Stream } from './http2/stream.ts';
import { TunnelStream } from './tunnel-stream.ts';

/* A peer that sends a stream byte by byte: the window counts its bytes, and memory must be in proportion to them. */

function tunnelStream(): { stream: TunnelStream; http2: Http2Stream; given: () => number; freed: () => number } {
  let givenBytes = 0;
  let freedBytes = 0;
  const http2 = new Http2Stream(
    {
      sendHeaders() {},
      sendData: (_stream, bytes) => bytes.length,
      sendEnd() {},
      sendReset() {},
      sendWindowUpdate: (_id, byBytes) => {
        givenBytes += byBytes;
      },
      freed: (_stream, byBytes) => {
        freedBytes += byBytes;
      },
      forget() {},
    },
    1,
    { sendWindowBytes: 0, receiveWindowBytes: 1000 },
  );
  const stream = new TunnelStream(http2, 'gateway', { address: '127.0.0.1:1', commonName: '' });
  return { stream, http2, given: () => givenBytes, freed: () => freedBytes };
}

/** Once nothing more goes: buffers are let go some time after what held them. */
async function usedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 4; count += 1) {
    await setTimeout(5);
    gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

test('bytes that nobody reads do not keep the chunks that they came in', async () => {
  const { stream } = tunnelStream();
  const before = await usedBytes();
  for (let count = 0; count < 2000; count += 1) {
    stream.onBytes(Buffer.alloc(16_384).subarray(0, 1));
    if (count % 100 === 0) await turn();
  }
  expect((await usedBytes()) - before).toBeLessThan(2_000_000);
  expect(stream.destroyed).toBe(false);
});

test('nor do bytes that are read and then have to wait elsewhere', async () => {
  const { stream } = tunnelStream();
  const waiting: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => waiting.push(bytes));
  await turn();
  const before = await usedBytes();
  for (let count = 0; count < 2000; count += 1) stream.onBytes(Buffer.alloc(16_384).subarray(0, 1));
  expect((await usedBytes()) - before).toBeLessThan(2_000_000);
  expect(waiting).toHaveLength(2000);
});

test('bytes that nobody reads take no object each', async () => {
  const { stream } = tunnelStream();
  const chunk = Buffer.alloc(16_384);
  const before = await usedBytes();
  for (let count = 0; count < 100_000; count += 1) {
    stream.onBytes(chunk.subarray(count % 16_384, (count % 16_384) + 1));
    if (count % 1000 === 0) await turn();
  }
  expect((await usedBytes()) - before).toBeLessThan(2_000_000);
  expect(stream.destroyed).toBe(false);
});

const readers: [how: string, read: (stream: TunnelStream, take: (bytes: Buffer) => void) => Promise<unknown>][] = [
  [
    'in a loop',
    async (stream, take) => {
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        take(chunk as Buffer);
        await turn();
      }
    },
  ],
  [
    'as it comes, with pauses',
    (stream, take) => {
      stream.on('data', (chunk: Buffer) => {
        take(chunk);
        stream.pause();
        setImmediate(() => stream.resume());
      });
      return once(stream, 'end');
    },
  ],
  [
    'in parts of its own choice',
    (stream, take) => {
      stream.on('readable', () => {
        for (let chunk = stream.read(7); chunk !== null; chunk = stream.read(7)) take(chunk as Buffer);
      });
      return once(stream, 'end');
    },
  ],
];

test.each(readers)('read %s, they come whole and in order, and the window opens', async (_how, read) => {
  const { stream, http2, given } = tunnelStream();
  const sent = Buffer.from(Array.from({ length: 60_000 }, (_, index) => (index * 7919) >>> 3));
  const heard: Buffer[] = [];
  const over = read(stream, (chunk) => heard.push(chunk));
  for (let at = 0, step = 0; at < sent.length; step += 1) {
    const next = Math.min(sent.length, at + ([1, 3, 5000, 2, 900][step % 5] as number));
    stream.onBytes(sent.subarray(at, next));
    at = next;
    if (step % 7 === 0) await turn();
  }
  while (heard.reduce((sum, { length }) => sum + length, 0) < sent.length - 7) await turn();
  expect(given()).toBeGreaterThan(sent.length - 500 - 7);
  http2.receivedEnd();
  await over;
  expect(Buffer.concat(heard).equals(sent)).toBe(true);
});

test('what was never read counts as freed once its stream is destroyed', async () => {
  const { stream, freed } = tunnelStream();
  stream.onBytes(Buffer.alloc(300));
  stream.onBytes(Buffer.alloc(200));
  expect(stream.read(100)).toHaveLength(100);
  expect(freed()).toBe(100);
  stream.destroy();
  expect(freed()).toBe(500);
});
