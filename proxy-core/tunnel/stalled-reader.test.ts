import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { streamWindowBytes } from './http2/settings.ts';
import { openTestPair, streamQueue, type TestPair } from './testing-pair.ts';

let pair: TestPair | undefined;
afterEach(async () => {
  await pair?.[Symbol.asyncDispose]();
  pair = undefined;
});

/** Both ends of `count` streams. */
async function openStreams(count: number): Promise<{ near: Duplex; far: Duplex }[]> {
  const queue = streamQueue();
  // One connection, so that every stream shares it with the stalled one.
  pair = await openTestPair(queue.accept, { connectionsPerPeer: 1 });
  const { tunnel } = pair;
  const streams: { near: Duplex; far: Duplex }[] = [];
  for (let index = 0; index < count; index += 1) {
    const near = await tunnel.open('gateway');
    const { stream: far } = await queue.next();
    far.on('error', () => {});
    near.on('error', () => {});
    streams.push({ near, far });
  }
  return streams;
}

/** Writes until the other end takes no more; returns how much it took. */
async function fill(far: Duplex): Promise<number> {
  const block = Buffer.alloc(64 * 1024);
  let taken = 0;
  for (;;) {
    taken += block.length;
    if (far.write(block)) continue;
    const drained = await Promise.race([
      once(far, 'drain').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300)),
    ]);
    if (!drained) return taken;
  }
}

test('a stalled reader does not stop its neighbours', async () => {
  const [stalled, neighbour] = await openStreams(2);
  await fill(stalled!.far);
  neighbour!.far.pipe(neighbour!.far);
  const sizeBytes = 8 * streamWindowBytes;
  neighbour!.near.end(Buffer.alloc(sizeBytes));
  let received = 0;
  for await (const chunk of neighbour!.near) received += (chunk as Buffer).length;
  expect(received).toBe(sizeBytes);
});

test('what a stalled stream takes is bounded, by its window and the buffers at both ends', async () => {
  const [stalled] = await openStreams(1);
  const taken = await fill(stalled!.far);
  expect(taken).toBeGreaterThanOrEqual(streamWindowBytes);
  expect(taken).toBeLessThanOrEqual(streamWindowBytes + 8 * 64 * 1024);
});

test('a reader that wakes up gets everything, in order', async () => {
  const [stalled] = await openStreams(1);
  const { near, far } = stalled!;
  const taken = await fill(far);
  far.end();
  let received = 0;
  for await (const chunk of near) received += (chunk as Buffer).length;
  expect(received).toBe(taken);
});

// Node's HTTP/2 reads nothing while its own write waits: with it, both ends wait here for ever.
test('two ends that send more at once than the network holds do not block each other', async () => {
  const streams = await openStreams(48);
  const block = Buffer.alloc(streamWindowBytes);
  const count = async (stream: Duplex) => {
    let received = 0;
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) received += (chunk as Buffer).length;
    return received;
  };
  const all = streams.flatMap(({ near, far }) => [near, far]);
  for (const stream of all) stream.end(block);
  const received = await Promise.all(all.map(count));
  expect(received).toEqual(all.map(() => block.length));
}, 20_000);

test('500 idle streams on one connection cost little, and each still carries bytes', async () => {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const streams = await openStreams(500);
  const perStream = (process.memoryUsage().rss - before) / 500;
  // Both ends live in this process.
  expect(perStream).toBeLessThan(2 * 100 * 1024);
  expect(pair?.accepted[0]?.openStreams).toBe(500);
  await Promise.all(
    streams.map(async ({ near, far }, index) => {
      near.write(`watch ${index}`);
      const [chunk] = (await once(far, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(`watch ${index}`);
    }),
  );
});
