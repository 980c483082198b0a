import { afterEach, expect, test } from 'vitest';
import { startTestHop, type TestHop } from './testing-hop.ts';

let hop: TestHop | undefined;
afterEach(async () => {
  await hop?.[Symbol.asyncDispose]();
  hop = undefined;
});

/** What the upstream saw, as `METHOD target body`. */
async function upstreamSees(raw: string): Promise<string[]> {
  const seen: string[] = [];
  hop = await startTestHop(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(`${request.method} ${request.url} ${body}`.trim());
    response.end('done');
  });
  await hop.raw(raw);
  await Promise.all(hop.outcomes);
  return seen;
}

test('a chunked DELETE keeps its body to itself', async () => {
  const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  const seen = await upstreamSees(
    `DELETE /pod HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n` +
      'GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  expect(seen).toEqual([`DELETE /pod ${inner}`.trim(), 'GET /next']);
});

test('a GET with a body does not turn it into a request', async () => {
  const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  const seen = await upstreamSees(
    `GET /pods HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  );
  expect(seen).toEqual([`GET /pods ${inner}`.trim()]);
});

test.each([
  ['Content-Length and Transfer-Encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /s'],
  ['two Content-Lengths', 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
  ['an obfuscated Transfer-Encoding', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
])('%s never get through', async (_name, rest) => {
  expect(await upstreamSees(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`)).toEqual([]);
});

test('Connection cannot take the framing away', async () => {
  const seen = await upstreamSees(
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close, content-length\r\nContent-Length: 5\r\n\r\nhello',
  );
  expect(seen).toEqual(['POST / hello']);
});

test('the body of an upgrade request is not sent as bytes of its own', async () => {
  const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  const seen = await upstreamSees(
    `POST /exec HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
  );
  expect(seen).toEqual(['POST /exec']);
});
