import { once } from 'node:events';
import * as http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { startTestHop, type TestHop } from './testing-hop.ts';

// A label selector with thousands of values is an ordinary request to kube-apiserver, which allows 1 MiB of head.
let hop: TestHop | undefined;
afterEach(async () => {
  await hop?.[Symbol.asyncDispose]();
  hop = undefined;
});

async function ask(options: http.RequestOptions): Promise<http.IncomingMessage> {
  const outgoing = http.request({
    host: '127.0.0.1',
    port: hop!.port,
    agent: false,
    maxHeaderSize: 1 << 20,
    ...options,
  });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response;
}

test('a head that the local proxy takes passes every hop behind it', async () => {
  let sizeBytes = 0;
  hop = await startTestHop((incoming, response) => {
    sizeBytes = incoming.url!.length + incoming.headers['x-large']!.length;
    response.end();
  });
  const response = await ask({ path: `/${'p'.repeat(60_000)}`, headers: { 'X-Large': 'h'.repeat(65_000) } });
  expect(response.statusCode).toBe(200);
  expect(sizeBytes).toBe(125_001);
});

test('an answer with a large head is passed on', async () => {
  hop = await startTestHop((_incoming, response) => response.writeHead(403, { 'X-Large': 'h'.repeat(100_000) }).end());
  const response = await ask({ path: '/' });
  expect(response.statusCode).toBe(403);
  expect(response.headers['x-large']).toHaveLength(100_000);
});
