import { expect, test, vi } from 'vitest';
import { collectFrames, connectedPair, HeaderCompressor, headerBlock, synStream } from '../testing/spdy-client.ts';
import { SpdyConnection, type SpdyStream } from './connection.ts';
import { dataFrame, type Frame, frameTypes, numbersFrame } from './frames.ts';

/** A client with everything it has received, and what the server made of it. */
function open() {
  const [client, server] = connectedPair();
  const streams: SpdyStream[] = [];
  const connection = new SpdyConnection(server, (stream) => streams.push(stream));
  const compressor = new HeaderCompressor();
  const syn = async (id: number, headers: Record<string, string> = {}) =>
    synStream(id, await compressor.compress(headerBlock(headers)));
  const frames: Frame[] = [];
  const ended = collectFrames(client, frames);
  /** Resolves when whatever was sent before has been dealt with. */
  const heard = async () => {
    client.write(numbersFrame(frameTypes.ping, 1));
    const pings = () => frames.filter(({ kind }) => kind === 'ping').length;
    const before = pings();
    await vi.waitFor(() => expect(pings()).toBe(before + 1));
  };
  const received = () => frames.filter(({ kind }) => kind !== 'ping').map(({ kind }) => kind);
  return { client, server, connection, streams, syn, frames, ended, heard, received };
}

test('streams carry their headers, are replied to before any data, and half-close on both sides', async () => {
  const { client, connection, streams, syn, heard, ended, received } = open();
  client.write(await syn(1, { streamType: 'stdin', port: '80' }));
  client.write(await syn(3, { streamType: 'stdout' }));
  client.write(dataFrame(1, Buffer.from('hello'), { fin: true }));
  await heard();
  expect([...(streams[0]?.headers ?? [])]).toEqual([
    ['streamtype', 'stdin'],
    ['port', '80'],
  ]);
  expect(Buffer.concat((await streams[0]?.toArray()) ?? []).toString()).toBe('hello');
  streams[1]?.end('out');
  await heard();
  client.end();
  await Promise.all([connection.closed, ended]);
  expect(received().slice(0, 4)).toEqual(['syn-reply', 'syn-reply', 'data', 'data']);
});

test('frames that arrive byte by byte are the same frames', async () => {
  const { client, streams, syn, heard } = open();
  const bytes = Buffer.concat([await syn(1, { a: 'b' }), dataFrame(1, Buffer.from('slow'), { fin: true })]);
  for (const byte of bytes) client.write(Buffer.from([byte]));
  await heard();
  expect(Buffer.concat((await streams[0]?.toArray()) ?? []).toString()).toBe('slow');
  client.end();
});

test('a ping of the client is answered, one that answers nothing is not', async () => {
  const { client, frames, ended } = open();
  client.write(numbersFrame(frameTypes.ping, 7));
  client.write(numbersFrame(frameTypes.ping, 8));
  client.end();
  await ended;
  expect(frames).toEqual([{ kind: 'ping', id: 7 }]);
});

test('SETTINGS, WINDOW_UPDATE and unknown control frames change nothing', async () => {
  const { client, streams, syn, heard } = open();
  client.write(numbersFrame(frameTypes.settings, 1, 4, 100));
  client.write(numbersFrame(frameTypes.windowUpdate, 1, 65_536));
  client.write(numbersFrame(77, 1, 2, 3));
  client.write(await syn(1));
  await heard();
  expect(streams).toHaveLength(1);
  client.end();
});

test('a reset ends the stream and leaves the others alone', async () => {
  const { client, streams, syn, heard } = open();
  client.write(await syn(1));
  client.write(await syn(3));
  client.write(numbersFrame(frameTypes.rstStream, 1, 5));
  await heard();
  expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  client.end();
});

test('a stream that nobody reads stops the connection, and reading it sets it going again', async () => {
  const { client, streams, syn, heard } = open();
  client.write(await syn(1));
  await heard();
  const stream = streams[0] as SpdyStream;
  const piece = dataFrame(1, Buffer.alloc(60_000), { fin: false });
  for (let count = 0; count < 50; count++) client.write(piece);
  const unheard = heard();
  await vi.waitFor(() => expect(stream.readableLength).toBeGreaterThan(200_000));
  expect(stream.readableLength).toBeLessThan(400_000);
  let received = 0;
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  await unheard;
  expect(received).toBe(3_000_000);
});

test('a client that does not read stops whoever writes to it', async () => {
  const { client, server, streams, syn, heard } = open();
  client.write(await syn(1));
  await heard();
  server._write = (_chunk, _encoding, _callback) => {}; // the network takes no more
  let written = 0;
  while (streams[0]?.write(Buffer.alloc(16_384)) && written < 1_000) written++;
  expect(written).toBeLessThan(100);
});

test('more streams than are allowed are refused', async () => {
  const { client, streams, syn, heard, frames } = open();
  for (let id = 1; id < 2 * 515; id += 2) client.write(await syn(id));
  await heard();
  client.end();
  const refused = frames.filter(
    (frame): frame is Extract<Frame, { kind: 'rst-stream' }> => frame.kind === 'rst-stream' && frame.status === 3,
  );
  expect(streams).toHaveLength(512);
  expect(refused.map(({ streamId }) => streamId)).toEqual([1025, 1027, 1029]);
});
