import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { openTestPair } from '../testing-pair.ts';
import { HttpServer } from './http-server.ts';
import { startTestHop } from './testing-hop.ts';
import { tunnelPool, UpstreamPool } from './upstream-pool.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Longer than a closed connection lingers. */
const pauseMs = 3000;
const block = Buffer.alloc(16 * 1024, 'x');
/** What the client's kernel buffers hold on loopback and a part of the tunnel's window, so that the last bytes rest there. */
const blocks = 280;

/** An API server's end of an exec: its output, and right behind it both directions are gone. */
function command(): Duplex {
  let left = blocks;
  const stream = new Duplex({
    read() {
      left -= 1;
      this.push(left < 0 ? null : block);
    },
    write: (_chunk, _encoding, callback) => callback(),
  });
  stream.unshift('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  return stream.once('end', () => setImmediate(() => stream.destroy()));
}

test('what a command wrote before its end arrives whole, however long its reader pauses', async () => {
  const pool = new UpstreamPool({ open: async () => command() });
  const agent = new HttpServer({
    maxHeadBytes: 4096,
    onRequest: (exchange) => void exchange.forward({ pool, target: exchange.request.target, onError: () => {} }),
    onUnreadable: () => {},
  });
  const pair = await openTestPair((_target, stream) => agent.serve(stream));
  const toAgent = tunnelPool(pair.tunnel, 'kubernetes');
  const gateway = await startTestHop(() => {}, { pool: toAgent });
  cleanUps.push(
    () => pair[Symbol.asyncDispose](),
    () => gateway[Symbol.asyncDispose](),
    () => toAgent.close(),
    () => pool.close(),
  );
  const client = await gateway.connect();
  client.write('GET /exec HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(client, 'readable');
  const head = (client.read() as Buffer).toString('latin1');
  let size = head.length - head.indexOf('\r\n\r\n') - 4;
  await sleep(pauseMs);
  for await (const chunk of client) size += (chunk as Buffer).length;
  expect(size).toBe(blocks * block.length);
  client.end();
  expect((await gateway.outcomes[0])?.kind).toBe('completed');
}, 20_000);
