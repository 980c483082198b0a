import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as http2 from 'node:http2';
import type { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openTestPair, streamQueue, type TestPair } from '../testing-pair.ts';
import { Session } from './session.ts';
import { echo, socketPair, Watched } from './testing-peer.ts';

/* Many streams at once with sizes, pauses, ends and resets by chance, but by the same chance in every run. */

let pair: TestPair | undefined;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  await pair?.[Symbol.asyncDispose]();
  pair = undefined;
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

type Chance = (below: number) => number;

/** mulberry32 */
function chanceOf(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const sizes = [0, 1, 8, 9, 10, 1023, 1024, 16_366, 16_375, 16_376, 16_384, 16_393, 65_500, 65_536, 200_000, 1_500_000];
const source = Buffer.from(Array.from({ length: 1 << 21 }, (_, index) => (index * 7919) >>> 3));

/** What one end sends: pieces that no two streams have alike. */
function piecesOf(chance: Chance): Buffer[] {
  return Array.from({ length: 1 + chance(6) }, () => {
    const sizeBytes = sizes[chance(sizes.length)] as number;
    const from = chance(source.length - sizeBytes);
    return source.subarray(from, from + sizeBytes);
  });
}

const digest = (pieces: readonly Buffer[]) => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
};

async function send(stream: Duplex, pieces: readonly Buffer[], chance: Chance): Promise<void> {
  for (const piece of pieces) {
    if (chance(4) === 0) {
      stream.cork();
      stream.write(piece.subarray(0, 5));
      stream.write(piece.subarray(5));
      stream.uncork();
    } else if (!stream.write(piece) && chance(2) === 0) await once(stream, 'drain');
    if (chance(3) === 0) await turn();
  }
  stream.end();
}

/** Reads to the end, in one of the ways in which a stream can be read. */
async function receive(stream: Duplex, chance: Chance): Promise<string> {
  const chunks: Buffer[] = [];
  if (chance(3) === 0) {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      chunks.push(chunk as Buffer);
      if (chance(8) === 0) await turn();
    }
    return digest(chunks);
  }
  if (chance(2) === 0) {
    stream.on('readable', () => {
      for (;;) {
        const chunk = (stream.read(1 + chance(50_000)) ?? stream.read()) as Buffer | null;
        if (chunk === null) return;
        chunks.push(chunk);
      }
    });
  } else {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (chance(6) !== 0) return;
      stream.pause();
      setImmediate(() => setImmediate(() => stream.resume()));
    });
  }
  await once(stream, 'end');
  return digest(chunks);
}

test.each([1, 2, 3])(
  'what streams say to each other arrives whole, by chance %i',
  async (seed) => {
    const queue = streamQueue();
    pair = await openTestPair(queue.accept, { connectionsPerPeer: 1 });
    const { tunnel, accepted } = pair;
    const chance = chanceOf(seed);
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        const near = await tunnel.open('gateway');
        const { stream: far } = await queue.next();
        const own = chanceOf(chance(1 << 30));
        if (own(6) === 0) {
          far.on('error', () => {});
          near.on('error', () => {});
          near.write(source.subarray(0, own(300_000)));
          await turn();
          near.destroy();
          far.destroy();
          return;
        }
        const [there, back] = [piecesOf(own), piecesOf(own)];
        await Promise.all([
          send(near, there, own),
          send(far, back, own),
          receive(far, own).then((heard) => expect(heard).toBe(digest(there))),
          receive(near, own).then((heard) => expect(heard).toBe(digest(back))),
        ]);
      }),
    );
    while (accepted[0]?.openStreams !== 0) await turn();
  },
  20_000,
);

test.each([4, 5])(
  'node:http2 gets back what it sends, by chance %i',
  async (seed) => {
    const { near, far, close } = await socketPair();
    cleanUps.push(close);
    const told = new Watched((stream) => {
      stream.receiver = echo(stream);
      stream.accept();
    });
    new Session(far, 'server', told);
    const chance = chanceOf(seed);
    const client = http2.connect('http://peer', {
      createConnection: () => near,
      settings: { initialWindowSize: [1000, 65_535, 1 << 20][chance(3)], maxFrameSize: 16_384 + chance(100_000) },
    });
    client.on('error', () => {});
    cleanUps.push(() => client.destroy());
    await once(client, 'remoteSettings');
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const own = chanceOf(chance(1 << 30));
        const pieces = piecesOf(own);
        const stream = client.request({ ':method': 'CONNECT', ':authority': 'gateway' });
        if (own(6) === 0) {
          stream.on('error', () => {});
          stream.write(source.subarray(0, own(300_000)));
          await turn();
          stream.close(http2.constants.NGHTTP2_CANCEL);
          return;
        }
        const [, heard] = await Promise.all([send(stream, pieces, own), receive(stream, own)]);
        expect(heard).toBe(digest(pieces));
      }),
    );
  },
  20_000,
);

test('100,000 streams, one after the other, leave nothing behind', async () => {
  const { near, far, close } = await socketPair();
  cleanUps.push(close);
  const told = new Watched();
  const server = new Session(far, 'server', {
    onReady() {},
    onStream: (stream) => {
      stream.receiver = echo(stream);
      stream.accept();
    },
    onGoodbye() {},
    onClose() {},
  });
  const client = new Session(near, 'client', told);
  await told.ready.promise;
  const hello = Buffer.from('hello');
  for (let round = 0; round < 1000; round += 1) {
    await Promise.all(
      Array.from({ length: 100 }, () => {
        const over = Promise.withResolvers<void>();
        const stream = client.open([
          [':method', 'CONNECT'],
          [':authority', 'gateway'],
        ]);
        stream.receiver = { onBytes() {}, onEnd: over.resolve, onReset: over.reject, onRoom() {} };
        stream.send(hello, 0);
        stream.end();
        return over.promise;
      }),
    );
  }
  expect([client.openStreams, server.openStreams]).toEqual([0, 0]);
}, 20_000);
