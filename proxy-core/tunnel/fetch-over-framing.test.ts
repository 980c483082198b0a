import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { fetchOver } from './fetch-over.ts';

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let server: http.Server | undefined;
afterEach(() => {
  agent.destroy();
  server?.close().closeAllConnections();
});

test.each(['DELETE', 'POST', 'PATCH', 'OPTIONS'])('a %s with a body leaves the connection in order', async (method) => {
  server = http.createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    response.end(`${request.method} ${text}`);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const call = fetchOver(agent, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  for (let index = 0; index < 3; index += 1) {
    const response = await call('/x', { method, body: '{"a":1}' });
    expect(await response.text()).toBe(`${method} {"a":1}`);
  }
});
