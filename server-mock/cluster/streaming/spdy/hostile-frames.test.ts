import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { collectFrames, connectedPair, HeaderCompressor, headerBlock, synStream } from '../testing/spdy-client.ts';
import { SpdyConnection } from './connection.ts';
import { headerDictionary } from './dictionary.ts';
import { controlFrame, frameTypes, numbersFrame } from './frames.ts';

const compressed = (headers: Record<string, string>) => new HeaderCompressor().compress(headerBlock(headers));

function oversized(type: number): Buffer {
  const frame = controlFrame(type, Buffer.alloc(0));
  frame.writeUIntBE(0xffffff, 5, 3);
  return frame;
}

function ofVersion(version: number): Buffer {
  const frame = numbersFrame(frameTypes.ping, 1);
  frame.writeUInt16BE(0x8000 | version, 0);
  return frame;
}

const lie = Buffer.from([0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 97]);

const attacks: [name: string, bytes: () => Promise<Buffer> | Buffer][] = [
  ['a control frame of 16 MB', () => oversized(frameTypes.synStream)],
  ['a frame of SPDY version 2', () => ofVersion(2)],
  ['a frame of SPDY version 32767', () => ofVersion(32_767)],
  ['a header block that is no zlib', () => synStream(1, randomBytes(64))],
  ['a header block without bytes', () => synStream(1, Buffer.alloc(0))],
  [
    'a header block that is cut short',
    async () => synStream(1, (await compressed({ a: randomBytes(99).toString('hex') })).subarray(0, 20)),
  ],
  [
    'a header block with another dictionary',
    () => synStream(1, deflateSync('x', { dictionary: Buffer.from('other') })),
  ],
  [
    'a header block that inflates to 64 MB',
    async () => synStream(1, await new HeaderCompressor().compress(Buffer.alloc(67_108_864))),
  ],
  ['a header whose length lies', async () => synStream(1, await new HeaderCompressor().compress(lie))],
  [
    'a header that stands twice',
    async () => {
      const one = headerBlock({ a: '1' }).subarray(4);
      return synStream(1, await new HeaderCompressor().compress(Buffer.concat([Buffer.from([0, 0, 0, 2]), one, one])));
    },
  ],
  ['a million headers', async () => synStream(1, await new HeaderCompressor().compress(Buffer.from([0, 15, 66, 64])))],
  [
    'bytes after the end of the zlib stream',
    () =>
      synStream(1, Buffer.concat([deflateSync(headerBlock({}), { dictionary: headerDictionary }), Buffer.alloc(9)])),
  ],
  ['a SYN_STREAM that is cut short', () => controlFrame(frameTypes.synStream, Buffer.alloc(4))],
  ['a RST_STREAM that is cut short', () => controlFrame(frameTypes.rstStream, Buffer.alloc(3))],
  ['SETTINGS that count wrongly', () => numbersFrame(frameTypes.settings, 1_000_000)],
  ['a stream with an even number', async () => synStream(2, await compressed({}))],
  ['stream 0', async () => synStream(0, await compressed({}))],
  ['DATA on stream 0', () => Buffer.alloc(8)],
];

test.each(attacks)('%s ends the connection with GOAWAY', async (_name, bytes) => {
  const [client, server] = connectedPair();
  const connection = new SpdyConnection(server, () => {});
  const frames = collectFrames(client);
  client.write(await bytes());
  await connection.closed;
  expect((await frames).at(-1)).toMatchObject({ kind: 'goaway', status: 1 });
});

test('a stream number that stands twice ends the connection', async () => {
  const [client, server] = connectedPair();
  const connection = new SpdyConnection(server, () => {});
  const frames = collectFrames(client);
  const compressor = new HeaderCompressor();
  for (let twice = 0; twice < 2; twice++) client.write(synStream(3, await compressor.compress(headerBlock({}))));
  await connection.closed;
  expect((await frames).at(-1)).toMatchObject({ kind: 'goaway', lastStreamId: 3, status: 1 });
});

test('a connection that ends within a frame, or breaks, just ends', async () => {
  for (const finish of ['end', 'destroy'] as const) {
    const [client, server] = connectedPair();
    const connection = new SpdyConnection(server, () => {});
    client.resume();
    client.write(synStream(1, await compressed({})).subarray(0, 13));
    client[finish]();
    await connection.closed;
  }
});

test('random bytes never do more than end the connection', async () => {
  for (let round = 0; round < 200; round++) {
    const [client, server] = connectedPair();
    const connection = new SpdyConnection(server, (stream) => stream.resume());
    client.resume();
    const bytes = randomBytes(200);
    if (round % 2) bytes.set([0x80, 0x03, 0x00, 1 + (round % 10), 0, 0, 0, round % 64]);
    client.end(bytes);
    await connection.closed;
  }
});
