import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * What passes between two collections. V8 begins a full collection once its heap and the buffers on it have grown by some
 * 8 MB, and those that a collection has freed still count while it ends: so half of that. Less takes more CPU again.
 */
const collectEveryBytes = 4_000_000;

let collectYoung: (() => void) | undefined;
const passedBytes = { received: 0, sent: 0 };

/**
 * Has buffers freed soon after their use; for the start of a process that carries tunnels.
 *
 * A body passes in buffers that are of no use a moment later. V8 frees them when it collects its young objects, but does so
 * when those fill their space, whatever hangs on them; long before, the buffers bring about full collections. On a large
 * body each hop marked its whole heap up to ten times a second, which took more CPU than TLS. So the young are collected
 * after so many bytes (see {@link bytesPassed}): one to two milliseconds, since next to nothing of them lives.
 */
export function freeBuffersEarly(): void {
  setFlagsFromString('--expose-gc');
  // Contexts made from now on have the function; where V8 does not give it, buffers are freed when V8 sees fit.
  const collect = runInNewContext('globalThis.gc') as ((options: { type: 'minor' }) => void) | undefined;
  setFlagsFromString('--no-expose-gc');
  collectYoung = collect && (() => collect({ type: 'minor' }));
}

/** Counts what a tunnel's connection has received or sent. What the controller receives it sends on: that is one. */
export function bytesPassed(direction: 'received' | 'sent', sizeBytes: number): void {
  passedBytes[direction] += sizeBytes;
  if (passedBytes[direction] < collectEveryBytes) return;
  passedBytes.received = 0;
  passedBytes.sent = 0;
  collectYoung?.();
}
