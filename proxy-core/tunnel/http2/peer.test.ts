import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as http2 from 'node:http2';
import { afterEach, expect, test } from 'vitest';
import { Session } from './session.ts';
import { connectionWindowBytes, streamWindowBytes } from './settings.ts';
import { echo, socketPair, Watched } from './testing-peer.ts';

/*
 * Our sessions against node:http2, that is nghttp2, as the peer: who speaks the protocol with it speaks the protocol.
 */

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function pair() {
  const sockets = await socketPair();
  cleanUps.push(() => sockets.close());
  return sockets;
}

/** node:http2 as the client of one of our servers, which echoes. */
async function nodeClient(settings: http2.Settings = {}) {
  const { near, far } = await pair();
  const told = new Watched((stream) => {
    stream.receiver = echo(stream);
    stream.accept();
  });
  const session = new Session(far, 'server', told);
  const client = http2.connect('http://peer', { createConnection: () => near, settings });
  cleanUps.push(() => client.destroy());
  client.on('error', () => {});
  await once(client, 'remoteSettings');
  return { client, session, told };
}

/** One of our clients of a node:http2 server. */
async function nodeServer(
  onStream: (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
  settings: http2.Settings = {},
) {
  const { near, far } = await pair();
  const node = http2.performServerHandshake(far, { settings });
  node.on('error', () => {});
  node.on('stream', onStream);
  cleanUps.push(() => node.destroy());
  const told = new Watched();
  const session = new Session(near, 'client', told);
  await told.ready.promise;
  return { session, told, node };
}

const connect = { ':method': 'CONNECT', ':authority': 'gateway' };
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function read(stream: http2.Http2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('its client gets back what it sends, many streams and megabytes at once', async () => {
  const { client, told } = await nodeClient();
  await Promise.all(
    [0, 1, 9, 16_383, 16_384, 16_385, 65_535, 200_000, 3_000_000, 5_000_000].map(async (sizeBytes) => {
      const body = randomBytes(sizeBytes);
      const stream = client.request(connect);
      stream.end(body);
      const [headers] = await once(stream, 'response');
      expect(headers[':status']).toBe(200);
      expect(digest(await read(stream))).toBe(digest(body));
    }),
  );
  expect(told.streams[0]?.fields).toEqual(new Map(Object.entries(connect)));
});

test('its client may have small windows and large frames', async () => {
  const { client } = await nodeClient({ initialWindowSize: 1000, maxFrameSize: 100_000 });
  const body = randomBytes(300_000);
  const stream = client.request(connect);
  stream.end(body);
  expect(digest(await read(stream))).toBe(digest(body));
});

test('its client may widen its windows while a stream waits for them', async () => {
  const { client } = await nodeClient({ initialWindowSize: 0 });
  const stream = client.request(connect);
  stream.end('waits');
  const answer = read(stream);
  await once(stream, 'response');
  client.settings({ initialWindowSize: 70_000 });
  expect((await answer).toString()).toBe('waits');
});

test('its client may send padding', async () => {
  const { near, far } = await pair();
  const told = new Watched((stream) => {
    stream.receiver = echo(stream);
    stream.accept();
  });
  new Session(far, 'server', told);
  const client = http2.connect('http://peer', {
    createConnection: () => near,
    paddingStrategy: http2.constants.PADDING_STRATEGY_MAX,
  });
  cleanUps.push(() => client.destroy());
  await once(client, 'remoteSettings');
  const body = randomBytes(2_000_000);
  const stream = client.request(connect);
  stream.end(body);
  expect(digest(await read(stream))).toBe(digest(body));
});

test('its client hears of a reset, a ping and a goodbye, and we of its', async () => {
  const { client, session, told } = await nodeClient();
  const [first, second] = [client.request(connect), client.request(connect)];
  await Promise.all([once(first, 'response'), once(second, 'response')]);
  const { stream } = await told.stream(0);
  first.on('error', () => {});
  const closed = once(first, 'close');
  stream.reset(http2.constants.NGHTTP2_CANCEL);
  await closed;
  expect(first.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);

  const reset = Promise.withResolvers<number>();
  (await told.stream(1)).stream.receiver = { onBytes() {}, onEnd() {}, onRoom() {}, onReset: reset.resolve };
  second.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  second.on('error', () => {});
  expect(await reset.promise).toBe(http2.constants.NGHTTP2_INTERNAL_ERROR);

  const answered = Promise.withResolvers<Buffer>();
  client.ping(Buffer.from('12345678'), (_error, _duration, payload) => answered.resolve(payload));
  expect((await answered.promise).toString()).toBe('12345678');
  expect(await new Promise<number>((resolve) => session.ping(resolve))).toBeGreaterThan(0);

  const said = once(client, 'goaway');
  session.sayGoodbye(Buffer.from('so long'));
  const [code, lastStreamId, data] = (await said) as [number, number, Buffer];
  expect({ code, lastStreamId, data: data.toString() }).toEqual({ code: 0, lastStreamId: 3, data: 'so long' });
  expect(await told.closed.promise).toBeUndefined();
});

test('its server answers, refuses and ends', async () => {
  const { session, node } = await nodeServer((stream, headers) => {
    stream.on('error', () => {});
    if (headers[':authority'] === 'refused') {
      stream.respond({ ':status': 503, 'postern-refusal': 'because'.repeat(4000) }, { endStream: true });
      return;
    }
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  });
  const heard: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  const body = randomBytes(4_000_000);
  const stream = session.open([
    [':method', 'CONNECT'],
    [':authority', 'gateway'],
  ]);
  let sentTo = 0;
  const send = () => {
    sentTo = stream.send(body, sentTo);
    if (sentTo === body.length) stream.end();
  };
  stream.receiver = {
    onBytes: (bytes) => {
      heard.push(Buffer.from(bytes));
      stream.consumed(bytes.length);
    },
    onEnd: ended.resolve,
    onReset: (code) => ended.reject(new Error(`reset with ${code}`)),
    onRoom: send,
  };
  send();
  await ended.promise;
  expect(digest(Buffer.concat(heard))).toBe(digest(body));

  const answer = Promise.withResolvers<ReadonlyMap<string, string>>();
  const refused = session.open([
    [':method', 'CONNECT'],
    [':authority', 'refused'],
  ]);
  refused.receiver = { onHeaders: answer.resolve, onBytes() {}, onEnd() {}, onReset() {}, onRoom() {} };
  const fields = await answer.promise;
  expect(fields.get(':status')).toBe('503');
  // More than a frame holds, so it came with a CONTINUATION.
  expect(fields.get('postern-refusal')).toBe('because'.repeat(4000));
  const closed = once(node, 'close');
  refused.end();
  session.close();
  await closed;
});

test('its server’s bound on streams is kept', async () => {
  const { session } = await nodeServer((stream) => stream.respond({ ':status': 200 }), { maxConcurrentStreams: 2 });
  const open = () =>
    session.open([
      [':method', 'CONNECT'],
      [':authority', 'gateway'],
    ]);
  const first = open();
  open();
  expect(open).toThrow(/no more streams/);
  first.reset(8);
  expect(open).not.toThrow();
});

test('the windows that we give are as large as our settings say', async () => {
  const { client } = await nodeClient();
  expect(client.remoteSettings).toMatchObject({
    initialWindowSize: streamWindowBytes,
    headerTableSize: 0,
    maxFrameSize: 16_384,
  });
  const stream = client.request(connect);
  await once(stream, 'response');
  expect(client.state.remoteWindowSize).toBe(connectionWindowBytes);
});
