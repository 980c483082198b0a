import * as http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { startTestHop, type TestHop } from './testing-hop.ts';

let hop: TestHop | undefined;
afterEach(async () => {
  await hop?.[Symbol.asyncDispose]();
  hop = undefined;
});

test('a chunked response that is over at once keeps its body in front of its end', async () => {
  const body = 'x'.repeat(5000);
  hop = await startTestHop((_, response) => {
    response.write(body);
    response.end();
  });
  const { port } = hop;
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
});
