import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { UpstreamPool } from './upstream-pool.ts';

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
  await expect(pool.connect()).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
  await expect(pool.connect()).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
});
