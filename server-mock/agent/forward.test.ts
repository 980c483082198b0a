import { once } from 'node:events';
import * as http from 'node:http';
import { connect, createServer } from 'node:net';
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { Cut, UpstreamPool } from '../../proxy-core/tunnel/index.ts';
import { listen } from '../../proxy-core/tunnel/testing-listener.ts';
import { createKubernetesServer } from './forward.ts';
import type { SessionUse } from './sessions.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** The agent's server before an API server, with an account that has its token. @returns its port, and how often the token was renewed */
async function start(apiServer: http.RequestListener): Promise<{ port: number; cut: Cut; renewals: () => number }> {
  const upstream = http.createServer(apiServer);
  const upstreamPort = await listen(upstream);
  const pool = new UpstreamPool({ open: async () => connect(upstreamPort, '127.0.0.1') });
  const cut = new Cut();
  let renewals = 0;
  const account = {
    presentToken: () => 'first',
    renewToken: async () => {
      renewals += 1;
      return 'second';
    },
  };
  const kubernetes = createKubernetesServer({
    sessions: { begin: () => ({ account, cut, [Symbol.dispose]: () => {} }) as unknown as SessionUse },
    api: { server: new URL(`https://127.0.0.1:${upstreamPort}`), users: pool },
    logger: pino({ level: 'silent' }),
    stopping: new AbortController().signal,
  });
  const server = createServer((socket) => kubernetes.serve(socket));
  const port = await listen(server);
  cleanUps.push(() => {
    pool.close();
    kubernetes.destroy();
    server.close();
    upstream.close();
    upstream.closeAllConnections();
  });
  return { port, cut, renewals: () => renewals };
}

async function ask(port: number, options: http.RequestOptions, body?: string) {
  const outgoing = http.request({ host: '127.0.0.1', port, agent: false, ...options });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

test('a token that the API server does not take is renewed, and the request sent again', async () => {
  const { port, renewals } = await start((request, response) => {
    response.writeHead(request.headers.authorization === 'Bearer second' ? 200 : 401).end('body');
  });
  expect(await ask(port, { path: '/api/v1/pods' })).toEqual({ status: 200, text: 'body' });
  expect(renewals()).toBe(1);
});

test.each([
  '/api/v1/namespaces/a/services/https:grafana:3000/proxy/login',
  '/api/v1/namespaces/a/pods/web/proxy?x=1',
  '/api/v1/nodes/n/proxy',
])('a 401 of what the API server is a proxy for is the user’s: %s', async (path) => {
  const { port, renewals } = await start((_request, response) => response.writeHead(401).end('who are you?'));
  expect(await ask(port, { path, method: 'POST' }, 'password')).toEqual({ status: 401, text: 'who are you?' });
  expect(renewals()).toBe(0);
});
