import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 weigh buffers together with its heap when it decides on a full collection; for the start of a process that
 * carries tunnels.
 *
 * Otherwise each 64 MB of buffers bring one about, whatever else there is, and a body passes in buffers that are of no use
 * a moment later: at 150 MB/s a controller marked its whole heap seven times a second, and that took more CPU than TLS.
 * A V8 that does not know the flag says so on stderr and goes on.
 *
 * @see V8, src/flags/flag-definitions.h: external_memory_accounted_in_global_limit
 */
export function weighBuffersWithHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
