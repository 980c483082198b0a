import { once } from 'node:events';
import * as http from 'node:http';
import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { fetchOver } from './fetch-over.ts';
import { tunnelHttpAgent } from './http-agent.ts';
import { createStreamServer, serveHttp } from './serve-http.ts';
import { openTestPair, type TestPair } from './testing-pair.ts';
import type { StreamOpener } from './types.ts';

let pair: TestPair | undefined;
afterEach(async () => {
  await pair?.[Symbol.asyncDispose]();
  pair = undefined;
});

/** A server behind a tunnel of one connection, with a count of the streams that were opened. */
async function start(onRequest: http.RequestListener) {
  const server = createStreamServer(onRequest);
  let opened = 0;
  pair = await openTestPair(
    (_target, stream) => {
      opened += 1;
      serveHttp(server, stream);
    },
    { connectionsPerPeer: 1 },
  );
  return { pair, opened: () => opened };
}

async function eventually(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

test('requests one after another share one stream', async () => {
  const { pair, opened } = await start((request, response) => response.end(request.url));
  const agent = tunnelHttpAgent(pair.tunnel, 'gateway');
  for (const path of ['/a', '/b', '/c']) expect(await (await fetchOver(agent)(path)).text()).toBe(path);
  expect(opened()).toBe(1);
  agent.destroy();
});

test('requests at the same time get a stream each, and none is lost', async () => {
  const { pair, opened } = await start((request, response) => setImmediate(() => response.end(request.url)));
  const agent = tunnelHttpAgent(pair.tunnel, 'gateway');
  const paths = Array.from({ length: 100 }, (_, index) => `/${index}`);
  expect(await Promise.all(paths.map(async (path) => (await fetchOver(agent)(path)).text()))).toEqual(paths);
  expect(opened()).toBe(100);
  agent.destroy();
});

test('streams are bounded: requests beyond the bound wait, and none is lost', async () => {
  let running = 0;
  let most = 0;
  const { pair } = await start((request, response) => {
    running += 1;
    most = Math.max(most, running);
    setImmediate(() => {
      running -= 1;
      response.end(request.url);
    });
  });
  const agent = tunnelHttpAgent(pair.tunnel, 'gateway', { maxSockets: 4 });
  const paths = Array.from({ length: 40 }, (_, index) => `/${index}`);
  expect(await Promise.all(paths.map(async (path) => (await fetchOver(agent)(path)).text()))).toEqual(paths);
  expect(most).toBe(4);
  agent.destroy();
});

test('an idle stream goes when its connection is closing, so that an ordered close is quick', async () => {
  const { pair } = await start((_request, response) => response.end('done'));
  const agent = tunnelHttpAgent(pair.tunnel, 'gateway');
  await (await fetchOver(agent)('/')).text();
  await eventually(() => Object.values(agent.freeSockets).flat().length === 1);
  const [stream] = Object.values(agent.freeSockets).flat();
  const gone = once(stream!, 'close');
  await pair.accepted[0]!.close({ drainMs: 60_000 });
  await gone;
  await pair.tunnel.whenOpen(AbortSignal.timeout(5000));
  expect(await (await fetchOver(agent)('/')).text()).toBe('done');
  agent.destroy();
});

test('a request that runs while its connection is closing finishes', async () => {
  let finish = () => {};
  const { pair } = await start((_request, response) => {
    response.write('first ');
    finish = () => response.end('last');
  });
  const agent = tunnelHttpAgent(pair.tunnel, 'gateway');
  const response = await fetchOver(agent)('/');
  const closing = pair.accepted[0]!.close({ drainMs: 60_000 });
  finish();
  expect(await response.text()).toBe('first last');
  await closing;
  agent.destroy();
});

test('idle streams go after their time', async () => {
  const { pair } = await start((_request, response) => response.end('done'));
  const agent = tunnelHttpAgent(pair.tunnel, 'gateway', { idleTimeoutMs: 30 });
  await (await fetchOver(agent)('/')).text();
  await eventually(() => pair.accepted[0]!.openStreams === 0);
  agent.destroy();
});

test('where no stream can be opened the request fails with the reason', async () => {
  const opener: StreamOpener = { open: () => Promise.reject(new Error('the tunnel is not open')) };
  const request = http.get({ agent: tunnelHttpAgent(opener, 'gateway'), path: '/' });
  const [error] = (await once(request, 'error')) as [Error];
  expect(error.message).toBe('the tunnel is not open');
});

test('a stream that was gone as it opened is an error, not a request that waits for ever, and takes no place', async () => {
  const opener: StreamOpener = { open: async () => new PassThrough().destroy() };
  const agent = tunnelHttpAgent(opener, 'gateway', { maxSockets: 1 });
  for (let count = 0; count < 2; count += 1) {
    const [error] = (await once(http.get({ agent, path: '/' }), 'error')) as [Error];
    expect(error.message).toBe('the connection was closed as it opened');
  }
});
