import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { fetchOver } from './fetch-over.ts';
import { tunnelHttpAgent } from './http-agent.ts';
import { createStreamServer, serveHttp } from './serve-http.ts';
import { openTestPair, type TestPair } from './testing-pair.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(onRequest: RequestListener): Promise<{ fetch: typeof fetch; pair: TestPair }> {
  const server = createStreamServer(onRequest);
  const pair = await openTestPair((_target, stream) => serveHttp(server, stream));
  const agent = tunnelHttpAgent(pair.tunnel, 'api');
  cleanUps.push(
    () => pair[Symbol.asyncDispose](),
    () => agent.destroy(),
  );
  return { fetch: fetchOver(agent), pair };
}

test('method, path, query, headers and body arrive, and so does the answer', async () => {
  const { fetch } = await start(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.writeHead(
      418,
      'Teapot',
      [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-seen', request.headers['x-sent'] as string],
      ].flat(),
    );
    response.end(`${request.method} ${request.url} ${request.headers.host} ${Buffer.concat(chunks)}`);
  });
  const response = await fetch('/api/v1/x?y=%20z', { method: 'PUT', body: 'körper', headers: { 'x-sent': 'yes' } });
  expect(response.status).toBe(418);
  expect(response.statusText).toBe('Teapot');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(response.headers.get('x-seen')).toBe('yes');
  expect(await response.text()).toBe('PUT /api/v1/x?y=%20z postern körper');
});

test('bodies stream in both directions', async () => {
  const { fetch } = await start((request, response) => request.pipe(response));
  const block = randomBytes(256 * 1024);
  let sent = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (sent === 40) controller.close();
      else controller.enqueue(block);
      sent += 1;
    },
  });
  const response = await fetch('/', { method: 'POST', body });
  const received = createHash('sha256');
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) received.update(chunk);
  const expected = createHash('sha256');
  for (let count = 0; count < 40; count += 1) expected.update(block);
  expect(received.digest('hex')).toBe(expected.digest('hex'));
});

test('an event stream gives its events as they come, and an abort ends it on the other side', async () => {
  let source: ServerResponse | undefined;
  const { fetch } = await start((_request, response) => {
    source = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
  });
  const abort = new AbortController();
  const response = await fetch('/live', { signal: abort.signal });
  const reader = response.body!.getReader();
  const text = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await text()).toBe('data: 1\n\n');
  source!.write('data: 2\n\n');
  expect(await text()).toBe('data: 2\n\n');
  const gone = once(source!, 'close');
  abort.abort();
  await gone;
  await expect(reader.read()).rejects.toThrow();
});

test('an abort before the answer rejects with its reason', async () => {
  const { fetch } = await start(() => {});
  const abort = new AbortController();
  const running = fetch('/', { signal: abort.signal });
  abort.abort(new Error('changed my mind'));
  await expect(running).rejects.toThrow('changed my mind');
});

test('a reader that cancels the body closes the request on the other side', async () => {
  let source: ServerResponse | undefined;
  const { fetch } = await start((_request, response) => {
    source = response;
    response.write('first');
  });
  const response = await fetch('/');
  const gone = once(source!, 'close');
  await response.body!.cancel();
  await gone;
});

test('an empty answer has no body', async () => {
  const { fetch } = await start((_request, response) => response.writeHead(204).end());
  const response = await fetch('/', { method: 'DELETE' });
  expect(response.status).toBe(204);
  expect(response.body).toBeNull();
});

test('a broken connection is a TypeError that keeps the cause', async () => {
  const { fetch, pair } = await start(() => pair.listener.cutAll());
  const error = await fetch('/').catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(TypeError);
  expect((error as TypeError).cause).toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
});
