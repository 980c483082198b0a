import * as http from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { listen } from '../testing-listener.ts';
import { startTestHop, type TestHop } from './testing-hop.ts';

// What passes a hop must mean the same to node:http on either side of it: every request that the hop takes up is one that
// node:http reads in the very same bytes, and the upstream sees those and no others.
let hop: TestHop | undefined;
afterEach(async () => {
  await hop?.[Symbol.asyncDispose]();
  hop = undefined;
});

const seed = Number(process.env.FUZZ_SEED ?? 7);
const conversations = Number(process.env.FUZZ_COUNT ?? 400);

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const methods = ['GET', 'POST', 'DELETE', 'HEAD', 'PUT', 'get', 'PATCH'];
const lines = [
  'X-Some: thing',
  'Content-Length: 5',
  'Content-Length: 0',
  'content-length: 11',
  'Content-Length: +5',
  'Content-Length: 5, 5',
  'Content-Length : 5',
  'Transfer-Encoding: chunked',
  'transfer-encoding: Chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding:',
  'Transfer\tEncoding: chunked',
  'Transfer_Encoding: chunked',
  'Connection: keep-alive',
  'Connection: content-length',
  'Connection: transfer-encoding',
  'Expect: 100-continue',
  ' folded: line',
  'X: a\nContent-Length: 5',
  'X: a\rContent-Length: 5',
  'X: \x00',
  'X: \xe9',
  ': nameless',
  'X',
];
const bodies = [
  'hello',
  'hello world',
  '0\r\n\r\n',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n',
  '05\r\nhello\r\n000\r\n\r\n',
  '5\nhello\r\n0\r\n\r\n',
  '5\r\nhello0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '0\r\nContent-Length: 5\r\n\r\nhello',
  '0\r\nGET /smuggled HTTP/1.1\r\n\r\n',
  'ffffffffffffffff\r\n',
  '',
  '',
  '',
];
const noise = ['\r\n', '\n', '\r', ' ', '\t', '\x00', ';', ':', '0', 'G', '\x0b', '\x85'];

function conversation(random: () => number): string {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
  let text = '';
  const count = 1 + Math.floor(random() * 3);
  for (let index = 0; index < count; index += 1) {
    text += `${pick(methods)} /${index} HTTP/1.1\r\nHost: a\r\n`;
    for (let left = Math.floor(random() * 3); left > 0; left -= 1) text += `${pick(lines)}\r\n`;
    text += `\r\n${pick(bodies)}`;
  }
  if (random() < 0.4) {
    const at = Math.floor(random() * text.length);
    text = text.slice(0, at) + pick(noise) + text.slice(at + (random() < 0.5 ? 1 : 0));
  }
  return `${text}GET /end HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
}

async function readWhole(request: http.IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('latin1')) body += chunk;
  return `${request.method} ${request.url} ${request.headers['x-some'] ?? ''} ${JSON.stringify(body)}`;
}

/** In two pieces, and until the connection ends. */
async function say(port: number, text: string, splitAt: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).on('error', () => {});
  socket.setTimeout(300, () => socket.destroy()).resume();
  socket.write(text.slice(0, splitAt), 'latin1');
  await new Promise((resolve) => setTimeout(resolve, 1));
  if (!socket.destroyed) socket.write(text.slice(splitAt), 'latin1');
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

/** @returns a listener that notes in `seen()` every request that came whole */
function noting(seen: () => string[]): http.RequestListener {
  return (request, response) => {
    const notes = seen();
    const place = notes.push('') - 1;
    readWhole(request).then(
      (whole) => {
        notes[place] = whole;
        response.end();
      },
      () => {},
    );
  };
}

test('a hop reads many odd conversations as node:http does, or refuses them', async () => {
  let byNode: string[] = [];
  let byUpstream: string[] = [];
  let hasRefused = false;
  const reference = http.createServer(
    { requireHostHeader: false },
    noting(() => byNode),
  );
  reference.on(
    'checkExpectation',
    noting(() => byNode),
  );
  reference.on('clientError', (_error, socket) => {
    hasRefused = true;
    socket.destroy();
  });
  const referencePort = await listen(reference);
  hop = await startTestHop(noting(() => byUpstream));
  const random = randomFrom(seed);
  for (let turn = 0; turn < conversations; turn += 1) {
    const text = conversation(random);
    const splitAt = Math.floor(random() * text.length);
    byNode = [];
    byUpstream = [];
    hasRefused = false;
    await Promise.all([referencePort, hop.port].map((port) => say(port, text, splitAt)));
    const passed = byUpstream.filter((each) => each !== '');
    const read = byNode.filter((each) => each !== '');
    const compared = hasRefused ? Math.min(read.length, passed.length) : passed.length;
    expect(passed.slice(0, compared), JSON.stringify(text)).toEqual(read.slice(0, compared));
  }
  reference.close();
  reference.closeAllConnections();
}, 60_000);
