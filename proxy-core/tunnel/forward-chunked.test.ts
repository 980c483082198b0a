import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { forwardRequest } from './forward.ts';

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(onRequest: http.RequestListener): Promise<number> {
  const server = http.createServer(onRequest);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('a chunked response that is over at once keeps its body in front of its end', async () => {
  const body = 'x'.repeat(5000);
  const upstreamPort = await listen((_, response) => {
    response.write(body);
    response.end();
  });
  const upstreamAgent = new http.Agent({ keepAlive: true });
  const port = await listen((request, response) => {
    void forwardRequest(request, response, {
      agent: upstreamAgent,
      host: '127.0.0.1',
      port: upstreamPort,
      path: '/',
      onError: (error) => response.destroy(error),
    });
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let index = 0; index < 5; index += 1) {
    const received = await new Promise<string>((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', agent }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve(text));
        })
        .on('error', reject);
    });
    expect(received).toBe(body);
  }
  agent.destroy();
  upstreamAgent.destroy();
});
