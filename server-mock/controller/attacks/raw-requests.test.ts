import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { json } from '../fixtures/agent.ts';
import { type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

// What a device sends that is no proxy of ours, byte by byte.
let acme: TestOrganisation;
let alice: TestDevice;
let seen: string[] = [];
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('prod', {
    onRequest: (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      json(response, 200, {});
    },
  });
  alice = await acme.signIn('alice@acme.example', ['platform-admins']);
});
afterAll(() => acme[Symbol.asyncDispose]());
beforeEach(() => {
  seen = [];
});

/** @returns all that comes back until the stream ends */
async function say(text: string): Promise<string> {
  const stream = await alice.tunnel.open('gateway');
  stream.write(text, 'latin1');
  let answer = '';
  stream.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk;
  });
  await once(stream, 'end');
  stream.destroy();
  return answer;
}

test('CONNECT is refused whatever its target looks like', async () => {
  const answer = await say(
    'CONNECT /clusters/prod/healthz HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(seen).toEqual([]);
});

test.each([
  'http://elsewhere/clusters/prod/api/v1/pods',
  '/clusters/prod/../../x',
  '*',
  'elsewhere:443',
  '/clusters/prod/api/v1/pods#x',
])('a target that is no path of a cluster goes nowhere: %s', async (target) => {
  const answer = await say(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 4/);
  expect(seen).toEqual([]);
});

test('requests sent ahead are each decided, and answered in their order', async () => {
  const get = (path: string, ...headers: string[]) =>
    `${[`GET /clusters/prod${path} HTTP/1.1`, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`;
  const answer = await say(
    get('/api/v1/pods') +
      get('/api/v1/nodes', 'Impersonate-Group: system:masters') +
      get('/api/v1/services', 'Connection: close'),
  );
  expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '403', '200']);
  expect(seen).toEqual(['GET /api/v1/pods', 'GET /api/v1/services']);
});
