import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { UpstreamPool } from './upstream-pool.ts';

const wanted = new AbortController().signal;

class QuietStream extends Duplex {
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, callback: () => void): void {
    callback();
  }
}

test('a connection that was gone again as soon as it was open is an error, and takes no place', async () => {
  const open = async () => {
    const stream = new QuietStream().on('error', () => {});
    stream.destroy();
    await once(stream, 'close');
    return stream;
  };
  const pool = new UpstreamPool({ open, maxOpen: 1 });
  await expect(pool.connect(wanted)).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
  await expect(pool.connect(wanted)).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
});

test('who waits for a place and leaves gives way to those behind, and opens nothing', async () => {
  const opened: QuietStream[] = [];
  const open = async () => {
    const stream = new QuietStream();
    opened.push(stream);
    return stream;
  };
  const pool = new UpstreamPool({ open, maxOpen: 1 });
  const first = await pool.connect(wanted);
  const leaving = new AbortController();
  const left = pool.connect(leaving.signal);
  const behind = pool.connect(wanted);
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  first.destroy();
  expect((await behind).stream).toBe(opened[1]);
  expect(opened).toHaveLength(2);
});
