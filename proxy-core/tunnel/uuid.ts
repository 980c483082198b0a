import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const idBytes = 16;
/** Randomness for 256 ids, asked of the operating system at once: asked for one by one it took a twentieth of a request. */
const pool = new Uint8Array(256 * idBytes);
let used = pool.length;
let lastMs = 0;
let sequence = 0;

/**
 * A UUIDv7. Those of one process sort in the order in which they were made.
 *
 * @see RFC 9562 section 5.7, and 6.2 method 1: a counter for ids of one millisecond, begun with room to count in
 */
export function uuidv7(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + idBytes);
  used += idBytes;
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    sequence = ((random[6] as number) << 16) | ((random[7] as number) << 8) | (random[8] as number);
  } else sequence += 1;
  return v7({ random, msecs: lastMs, seq: sequence });
}
