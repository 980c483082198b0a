import type { Duplex } from 'node:stream';

const maxLaggingPieces = 1024;

/**
 * Hands a piece on, and has its source wait where the receiver lags: by bytes, as streams count, and by pieces, of which a
 * window's worth of single bytes would take 200 times its size.
 *
 * @returns how many pieces went since the receiver lags
 */
export function handOn(bytes: Buffer, to: Duplex, from: Duplex, pieces: number): number {
  const count = to.writableLength === 0 ? 1 : pieces + 1;
  if (count % maxLaggingPieces !== 0) {
    if (!to.write(bytes)) from.pause();
  } else {
    from.pause();
    to.write(bytes, () => from.resume());
  }
  return count;
}
