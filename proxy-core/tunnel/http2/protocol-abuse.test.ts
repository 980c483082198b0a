import { afterEach, expect, test } from 'vitest';
import { clientPreface, errorCode, frameFlag, frameType, settingsFrame } from './frames.ts';
import { encodeFields } from './hpack.ts';
import { connectionWindowBytes, maxConcurrentStreams, maxUnreadBytes, streamWindowBytes } from './settings.ts';
import type { Http2Stream } from './stream.ts';
import { RawPeer, socketPair, Watched } from './testing-peer.ts';

/* A peer that breaks the protocol, or asks more than it reads, loses its connection; nothing else happens. */

const cleanUps: (() => unknown)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

async function peer(role: 'client' | 'server' = 'server', told = new Watched()): Promise<RawPeer> {
  const sockets = await socketPair();
  cleanUps.push(() => sockets.close());
  return new RawPeer(sockets, role, told);
}

const connect = encodeFields([
  [':method', 'CONNECT'],
  [':authority', 'gateway'],
]);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const { endHeaders, endStream, padded, ack } = frameFlag;
const open = (raw: RawPeer, streamId: number) => raw.send(frameType.headers, endHeaders, streamId, connect);

async function endsWith(raw: RawPeer, code: number): Promise<void> {
  const { payload } = await raw.seen(frameType.goaway);
  expect(payload.readUInt32BE(4)).toBe(code);
  expect(await raw.told.closed.promise).toBeInstanceOf(Error);
}

const attacks: [what: string, code: number, attack: (raw: RawPeer) => void][] = [
  ['bytes for a stream that was never opened', errorCode.protocol, (raw) => raw.send(0, 0, 1, 'x')],
  ['bytes for no stream', errorCode.protocol, (raw) => raw.send(0, 0, 0, 'x')],
  ['a stream with an even number', errorCode.protocol, (raw) => open(raw, 2)],
  ['a head for no stream', errorCode.protocol, (raw) => open(raw, 0)],
  ['a push', errorCode.protocol, (raw) => raw.send(frameType.pushPromise, endHeaders, 1, connect)],
  ['a head that is no block', errorCode.compression, (raw) => raw.send(frameType.headers, endHeaders, 1, '\xff')],
  ['a continuation of nothing', errorCode.protocol, (raw) => raw.send(frameType.continuation, endHeaders, 1, connect)],
  [
    'a head broken off by a ping',
    errorCode.protocol,
    (raw) => {
      raw.send(frameType.headers, 0, 1, connect);
      raw.send(frameType.ping, 0, 0, '12345678');
    },
  ],
  [
    'a head broken off by bytes',
    errorCode.protocol,
    (raw) => {
      open(raw, 1);
      raw.send(frameType.headers, 0, 3, connect);
      raw.send(frameType.data, 0, 1, 'x');
    },
  ],
  [
    'a head without an end',
    errorCode.enhanceYourCalm,
    (raw) => {
      raw.send(frameType.headers, 0, 1, connect);
      for (let count = 0; count < 2000; count += 1) raw.send(frameType.continuation, 0, 1);
    },
  ],
  [
    'more padding than frame',
    errorCode.protocol,
    (raw) => raw.send(frameType.headers, endHeaders | padded, 1, '\x09abc'),
  ],
  ['an empty padded frame', errorCode.protocol, (raw) => raw.send(frameType.headers, endHeaders | padded, 1, '')],
  ['settings of a wrong size', errorCode.frameSize, (raw) => raw.send(frameType.settings, 0, 0, '12345')],
  ['settings of a stream', errorCode.protocol, (raw) => raw.send(frameType.settings, 0, 1)],
  ['a confirmation with settings', errorCode.frameSize, (raw) => raw.send(frameType.settings, ack, 0, '123456')],
  [
    'more settings at once than there are',
    errorCode.enhanceYourCalm,
    (raw) => raw.send(frameType.settings, 0, 0, Buffer.alloc(6 * 1000)),
  ],
  [
    'settings that change without end',
    errorCode.enhanceYourCalm,
    (raw) => {
      for (let count = 0; count < 1000; count += 1) raw.write(settingsFrame({ 4: count }));
    },
  ],
  [
    'goodbyes without end',
    errorCode.enhanceYourCalm,
    (raw) => {
      open(raw, 1);
      for (let count = 0; count < 1000; count += 1) raw.send(frameType.goaway, 0, 0, Buffer.alloc(8));
    },
  ],
  ['a frame size that is too small', errorCode.protocol, (raw) => raw.write(settingsFrame({ 5: 100 }))],
  ['a window that is too large', errorCode.flowControl, (raw) => raw.write(settingsFrame({ 4: 0x8000_0000 }))],
  ['a ping of a wrong size', errorCode.frameSize, (raw) => raw.send(frameType.ping, 0, 0, '1234')],
  ['a ping of a stream', errorCode.protocol, (raw) => raw.send(frameType.ping, 0, 1, '12345678')],
  ['a goodbye of a wrong size', errorCode.frameSize, (raw) => raw.send(frameType.goaway, 0, 0, '1234')],
  ['a reset of a wrong size', errorCode.frameSize, (raw) => raw.send(frameType.resetStream, 0, 1, '12')],
  ['a reset of a stream never opened', errorCode.protocol, (raw) => raw.send(frameType.resetStream, 0, 1, u32(8))],
  ['a window widened by nothing', errorCode.protocol, (raw) => raw.send(frameType.windowUpdate, 0, 0, u32(0))],
  ['a window of a wrong size', errorCode.frameSize, (raw) => raw.send(frameType.windowUpdate, 0, 0, '12')],
  [
    'a connection’s window that overflows',
    errorCode.flowControl,
    (raw) => raw.send(frameType.windowUpdate, 0, 0, u32(0x7fff_ffff)),
  ],
  [
    'a stream’s window that overflows',
    errorCode.flowControl,
    (raw) => {
      open(raw, 1);
      raw.send(frameType.windowUpdate, 0, 1, u32(0x7fff_ffff));
    },
  ],
  ['a frame larger than allowed', errorCode.frameSize, (raw) => raw.send(0, 0, 1, Buffer.alloc(16_385))],
  [
    'bytes after the end',
    errorCode.protocol,
    (raw) => {
      raw.send(frameType.headers, endHeaders | endStream, 1, connect);
      raw.send(frameType.data, 0, 1, 'more');
    },
  ],
  [
    'a head after the end',
    errorCode.protocol,
    (raw) => {
      raw.send(frameType.headers, endHeaders | endStream, 1, connect);
      raw.send(frameType.headers, endHeaders | endStream, 1, connect);
    },
  ],
  [
    'more than a stream’s window',
    errorCode.flowControl,
    (raw) => {
      open(raw, 1);
      const frame = Buffer.alloc(16_384);
      for (let sent = 0; sent <= streamWindowBytes; sent += frame.length) raw.send(frameType.data, 0, 1, frame);
    },
  ],
];

test.each(attacks)('%s ends the connection', async (_what, code, attack) => {
  const raw = await peer();
  raw.greet();
  attack(raw);
  await endsWith(raw, code);
});

test('a client that does not begin as HTTP/2 does is turned away', async () => {
  const sockets = await socketPair();
  cleanUps.push(() => sockets.close());
  const raw = new RawPeer(sockets, 'client');
  // To our client, a server that sends anything before its SETTINGS.
  raw.send(frameType.ping, 0, 0, '12345678');
  await endsWith(raw, errorCode.protocol);
});

test('a visitor who speaks HTTP/1.1 is turned away', async () => {
  const sockets = await socketPair();
  cleanUps.push(() => sockets.close());
  const told = new Watched();
  const { Session } = await import('./session.ts');
  new Session(sockets.far, 'server', told);
  sockets.near.write('GET / HTTP/1.1\r\n');
  expect(await told.closed.promise).toMatchObject({ code: errorCode.protocol });
});

test('the preface may come byte by byte', async () => {
  const sockets = await socketPair();
  cleanUps.push(() => sockets.close());
  const told = new Watched();
  const { Session } = await import('./session.ts');
  new Session(sockets.far, 'server', told);
  for (const byte of Buffer.concat([clientPreface, settingsFrame({})])) {
    sockets.near.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await told.ready.promise;
});

test('a peer that asks without reading is cut off before its answers fill the memory', async () => {
  const raw = await peer();
  raw.greet();
  await raw.told.ready.promise;
  raw.pause();
  const pings = Buffer.concat(Array.from({ length: 1000 }, () => raw.frame(frameType.ping, 0, 0, '12345678')));
  let isClosed = false;
  void raw.told.closed.promise.then(() => {
    isClosed = true;
  });
  for (let count = 0; count < 2000 && !isClosed; count += 1) {
    raw.write(pings);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await raw.told.closed.promise).toMatchObject({ code: errorCode.enhanceYourCalm });
}, 20_000);

test('a peer that opens and resets without end is cut off', async () => {
  const raw = await peer();
  raw.greet();
  let isClosed = false;
  void raw.told.closed.promise.then(() => {
    isClosed = true;
  });
  for (let streamId = 1; !isClosed; streamId += 2) {
    open(raw, streamId);
    raw.send(frameType.resetStream, 0, streamId, u32(errorCode.cancel));
    if (streamId % 1001 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await endsWith(raw, errorCode.enhanceYourCalm);
  expect(raw.told.streams.length).toBeGreaterThanOrEqual(10_000);
}, 20_000);

// CVE-2025-8671: each stream ends by our own reset, for what the peer did to it, and makes room for the next.
test('a peer that makes us reset without end is cut off', async () => {
  const raw = await peer(
    'server',
    new Watched((stream) => {
      stream.receiver = { onBytes() {}, onEnd: () => stream.reset(errorCode.cancel), onReset() {}, onRoom() {} };
    }),
  );
  raw.greet();
  let isClosed = false;
  void raw.told.closed.promise.then(() => {
    isClosed = true;
  });
  for (let streamId = 1; !isClosed && streamId < 100_000; streamId += 2) {
    raw.send(frameType.headers, endHeaders | endStream, streamId, connect);
    if (streamId % 1001 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await endsWith(raw, errorCode.enhanceYourCalm);
  expect(raw.told.streams.length).toBeGreaterThanOrEqual(10_000);
}, 20_000);

test('a peer that gives up and goes on sending keeps nothing of ours', async () => {
  const sockets = await socketPair();
  cleanUps.push(() => sockets.close());
  // It does not answer our end with its own.
  sockets.near.allowHalfOpen = true;
  const raw = new RawPeer(sockets, 'server');
  raw.greet();
  open(raw, 1);
  await raw.told.stream(0);
  raw.send(frameType.goaway, 0, 0, Buffer.concat([u32(0), u32(errorCode.internal)]));
  const dribble = setInterval(() => raw.send(frameType.ping, 0, 0, '12345678'), 5);
  cleanUps.push(() => clearInterval(dribble));
  expect(await raw.told.closed.promise).toBeUndefined();
});

test('streams that nobody reads are bounded together: the one that holds most is reset', async () => {
  const raw = await peer();
  raw.greet();
  const cut = (streamId: number) => raw.seen(frameType.resetStream, (frame) => frame.streamId === streamId);
  /** Whole windows, to readers that have stopped. */
  const fill = async (streamId: number, sizeBytes = streamWindowBytes): Promise<Http2Stream> => {
    open(raw, streamId);
    const { stream } = await raw.told.stream((streamId - 1) / 2);
    let left = sizeBytes;
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.receiver = {
      ...stream.receiver,
      onBytes: (bytes) => {
        left -= bytes.length;
        if (left === 0) resolve();
      },
      onReset: () => stream.consumed(stream.unreadBytes),
    };
    raw.write(
      Buffer.concat(Array.from({ length: sizeBytes / 8192 }, () => raw.frame(frameType.data, 0, streamId, block))),
    );
    await promise;
    return stream;
  };
  const block = Buffer.alloc(8192);
  const count = maxUnreadBytes / streamWindowBytes;
  const slow = await fill(1, streamWindowBytes / 2);
  const stalled: Http2Stream[] = [];
  for (let index = 1; index < count; index += 1) stalled.push(await fill(1 + 2 * index));
  expect(stalled.some(({ isClosed }) => isClosed)).toBe(false);
  await fill(1 + 2 * count);
  expect((await cut(3)).payload.readUInt32BE(0)).toBe(errorCode.enhanceYourCalm);
  expect(stalled.filter(({ isClosed }) => isClosed)).toHaveLength(1);
  expect(slow.isClosed).toBe(false);
  // Who reads makes room.
  stalled.at(-1)?.consumed(streamWindowBytes);
  await fill(3 + 2 * count);
  expect(stalled.filter(({ isClosed }) => isClosed)).toHaveLength(1);
}, 20_000);

test('what is left unread of streams that are over makes way before those that run', async () => {
  const raw = await peer();
  raw.greet();
  const block = Buffer.alloc(8192);
  const blocksPerWindow = streamWindowBytes / block.length;
  const cut: number[] = [];
  const readers: Http2Stream[] = [];
  for (let index = 0; index < maxUnreadBytes / streamWindowBytes; index += 1) {
    const streamId = 1 + 2 * index;
    open(raw, streamId);
    const { stream } = await raw.told.stream(index);
    readers.push(stream);
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.receiver = {
      ...stream.receiver,
      onEnd: resolve,
      onReset: () => {
        cut.push(streamId);
        stream.consumed(stream.unreadBytes);
      },
    };
    raw.write(Buffer.concat(Array(blocksPerWindow).fill(raw.frame(frameType.data, 0, streamId, block))));
    raw.send(frameType.data, endStream, streamId);
    stream.end();
    await promise;
    expect(stream.isClosed).toBe(true);
  }
  // One is read after all, in part.
  readers[0]?.consumed(streamWindowBytes / 2);
  const runningId = 1 + 2 * readers.length;
  open(raw, runningId);
  const { stream } = await raw.told.stream(readers.length);
  let heardBytes = 0;
  stream.receiver = { ...stream.receiver, onBytes: ({ length }) => (heardBytes += length) };
  for (let count = 0; count < blocksPerWindow / 2; count += 1) raw.send(frameType.data, 0, runningId, block);
  await expect.poll(() => heardBytes).toBe(streamWindowBytes / 2);
  expect(cut).toEqual([]);
  raw.send(frameType.data, 0, runningId, 'more');
  await expect.poll(() => heardBytes).toBe(streamWindowBytes / 2 + 4);
  expect(cut).toEqual([3]);
  expect(stream.isClosed).toBe(false);
}, 20_000);

test('streams beyond the bound are refused one by one', async () => {
  const raw = await peer();
  raw.greet();
  for (let count = 0; count <= maxConcurrentStreams; count += 1) open(raw, 1 + count * 2);
  const { streamId, payload } = await raw.seen(frameType.resetStream);
  expect({ streamId, code: payload.readUInt32BE(0) }).toEqual({
    streamId: 1 + maxConcurrentStreams * 2,
    code: errorCode.refusedStream,
  });
  expect(raw.told.streams).toHaveLength(maxConcurrentStreams);
});

test('what comes late for a stream that we reset is dropped, and its window is not lost', async () => {
  const raw = await peer();
  raw.greet();
  open(raw, 1);
  const { stream } = await raw.told.stream(0);
  stream.reset(errorCode.cancel);
  const frame = Buffer.alloc(16_384);
  for (let sent = 0; sent < connectionWindowBytes; sent += frame.length) raw.send(frameType.data, 0, 1, frame);
  await raw.seen(
    frameType.windowUpdate,
    ({ streamId, payload }) => streamId === 0 && payload.readUInt32BE(0) >= connectionWindowBytes / 2,
  );
  open(raw, 3);
  await raw.told.stream(1);
});

test('what is unknown is ignored', async () => {
  const raw = await peer();
  raw.greet({ 153: 7 });
  raw.send(0x77, 0xff, 5, 'whatever');
  raw.send(frameType.priority, 0, 3, '12345');
  open(raw, 1);
  await raw.told.stream(0);
});

// Whoever opened it would wait for an answer for ever.
test('a server that ends a stream without having answered breaks the protocol', async () => {
  const raw = await peer('client');
  raw.greet();
  await raw.told.ready.promise;
  const { id } = raw.session.open([
    [':method', 'CONNECT'],
    [':authority', 'gateway'],
  ]);
  raw.send(frameType.data, endStream, id);
  await endsWith(raw, errorCode.protocol);
});

test('after a goodbye no stream is taken, and those that the peer had not seen are over', async () => {
  const raw = await peer('client');
  raw.greet();
  await raw.told.ready.promise;
  const openOne = () => {
    const stream = raw.session.open([
      [':method', 'CONNECT'],
      [':authority', 'gateway'],
    ]);
    const over = Promise.withResolvers<number>();
    stream.receiver = { onBytes() {}, onEnd() {}, onRoom() {}, onReset: over.resolve };
    return { stream, over: over.promise };
  };
  const seen = openOne();
  const unseen = openOne();
  raw.send(frameType.goaway, 0, 0, Buffer.concat([u32(1), u32(0), Buffer.from('restart')]));
  expect(await raw.told.goodbye.promise).toBe('restart');
  expect(await unseen.over).toBe(errorCode.refusedStream);
  expect(seen.stream.isClosed).toBe(false);
  expect(openOne).toThrow(/no more streams/);
});

test('a stream that crosses our goodbye is dropped with its bytes, and what runs runs on', async () => {
  const raw = await peer();
  raw.greet();
  open(raw, 1);
  const { stream } = await raw.told.stream(0);
  const heard = Promise.withResolvers<string>();
  stream.receiver = { onBytes: (bytes) => heard.resolve(bytes.toString()), onEnd() {}, onReset() {}, onRoom() {} };
  raw.session.sayGoodbye(Buffer.from('restart'));
  raw.session.close();
  open(raw, 3);
  raw.send(frameType.data, 0, 3, 'dropped');
  raw.send(frameType.resetStream, 0, 3, u32(errorCode.cancel));
  raw.send(frameType.data, 0, 1, 'runs on');
  expect(await heard.promise).toBe('runs on');
  expect((await raw.seen(frameType.goaway)).payload.readUInt32BE(0)).toBe(1);
  expect(raw.told.streams).toHaveLength(1);
  stream.reset(errorCode.cancel);
  expect(await raw.told.closed.promise).toBeUndefined();
});
