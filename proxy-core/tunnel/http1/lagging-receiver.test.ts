import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ForwardOutcome } from './forward-options.ts';
import { HttpServer } from './http-server.ts';
import { UpstreamPool } from './upstream-pool.ts';

const pieces = 5000;

/** Takes nothing until it is let go, and counts then what it takes. */
class Lagging extends Duplex {
  takenBytes = 0;
  #isHeld = true;
  #proceed: (() => void) | undefined;

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.takenBytes += chunk.length;
    if (this.#isHeld) this.#proceed = callback;
    else setImmediate(callback);
  }

  letGo(): void {
    this.#isHeld = false;
    this.#proceed?.();
  }
}

// Each piece that waits is an object: 64 KiB of single bytes, before a stream says that it is full, would be 16 MB.
test('a receiver that lags has its source wait after some pieces, however small, and gets them all', async () => {
  const [client, upstream] = [new Lagging(), new Lagging()];
  client.letGo();
  const pool = new UpstreamPool({ open: async () => upstream });
  const outcome = Promise.withResolvers<ForwardOutcome>();
  const server = new HttpServer({
    maxHeadBytes: 4096,
    onRequest: (exchange) =>
      void exchange.forward({ pool, target: '/', onError: () => {} }).then((known) => outcome.resolve(known)),
    onUnreadable: () => {},
  });
  server.serve(client);
  client.push(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${pieces}\r\n\r\n`);
  await turn();
  let pushed = 0;
  const pushSome = async () => {
    for (let count = 0; count < 100 && pushed < pieces; count += 1, pushed += 1) client.push(Buffer.from('x'));
    await turn();
  };
  while (!client.isPaused() && pushed < pieces) await pushSome();
  expect(upstream.writableLength).toBeLessThan(1500);
  const headBytes = upstream.takenBytes;
  upstream.letGo();
  while (pushed < pieces || upstream.takenBytes < headBytes + pieces) await pushSome();
  expect(upstream.takenBytes).toBe(headBytes + pieces);
  upstream.push('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  expect(await outcome.promise).toMatchObject({ kind: 'completed', bytesIn: pieces });
  client.destroy();
  upstream.destroy();
});
