import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { frameOf, frameType } from './frames.ts';
import { Output } from './output.ts';

/** A connection that takes what is written only once told. */
function stuckSocket() {
  const waiting: (() => void)[] = [];
  const written: Buffer[] = [];
  const socket = new Duplex({
    highWaterMark: 0,
    read() {},
    write(chunk: Buffer, _encoding, callback) {
      written.push(Buffer.from(chunk));
      waiting.push(callback);
    },
  });
  const handed: Buffer[] = [];
  const write = socket.write.bind(socket) as (chunk: Buffer, callback: () => void) => boolean;
  socket.write = ((chunk: Buffer, callback: () => void) => {
    handed.push(chunk);
    return write(chunk, callback);
  }) as typeof socket.write;
  const letGo = async () => {
    while (waiting.length > 0) {
      waiting.shift()?.();
      await turn();
    }
  };
  return { socket, written, handed, letGo };
}

// Each write holds a whole buffer until it has left: a peer that pings and never reads would take 64 KiB per answer.
test('a peer that does not read holds a bounded number of buffers, and gets everything in order once it does', async () => {
  const { socket, written, handed, letGo } = stuckSocket();
  const output = new Output(socket, () => {});
  const pings = Array.from({ length: 1000 }, (_, index) => {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(index, 4);
    return frameOf(frameType.ping, 1, 0, payload);
  });
  for (const ping of pings) {
    output.frame(ping);
    await turn();
  }
  const heldBytes = [...new Set(handed.map(({ buffer }) => buffer))].reduce((sum, each) => sum + each.byteLength, 0);
  expect(heldBytes).toBeLessThanOrEqual(2 * 1024 * 1024);
  await letGo();
  expect(Buffer.concat(written).equals(Buffer.concat(pings))).toBe(true);
});
