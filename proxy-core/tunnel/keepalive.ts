import type { Clock } from './clock.ts';

export interface KeepaliveTimes {
  intervalMs: number;
  timeoutMs: number;
}

/** A dead peer is found within 8 + 8 s, under the 20 s that the design allows, at 10 bytes per second and connection. */
export const defaultKeepalive: KeepaliveTimes = { intervalMs: 8000, timeoutMs: 8000 };

export interface Keepalive {
  /** Pings now, and gives the peer only so long. */
  checkNow(timeoutMs: number): void;
  stop(): void;
}

/**
 * Pings the peer (RFC 9113 section 6.7) at an interval and calls `onDead` when it has stopped answering.
 *
 * Bytes that arrive while a ping is out prove that the peer lives, so a slow link filled by a download is not taken for a
 * dead one: the ping's answer may stand behind megabytes.
 *
 * @param bytesRead how many bytes the connection has received so far
 */
export function keepAlive(
  session: { ping(onAnswer: (durationMs: number) => void): void },
  options: {
    clock: Clock;
    times: KeepaliveTimes;
    bytesRead(): number;
    onRoundTrip(durationMs: number): void;
    onDead(): void;
  },
): Keepalive {
  const { clock, times } = options;
  let nextPing: unknown;
  let deadline: unknown;
  let isStopped = false;
  let generation = 0;

  const stop = () => {
    isStopped = true;
    clock.clearTimeout(nextPing);
    clock.clearTimeout(deadline);
  };
  const schedule = () => {
    if (!isStopped) nextPing = clock.setTimeout(() => ping(times.timeoutMs), times.intervalMs);
  };
  const expectBytes = (timeoutMs: number) => {
    const before = options.bytesRead();
    clock.clearTimeout(deadline);
    deadline = clock.setTimeout(() => {
      if (isStopped) return;
      if (options.bytesRead() > before) {
        expectBytes(times.timeoutMs);
        return;
      }
      stop();
      options.onDead();
    }, timeoutMs);
  };
  const ping = (timeoutMs: number) => {
    if (isStopped) return;
    clock.clearTimeout(nextPing);
    const mine = ++generation;
    expectBytes(timeoutMs);
    session.ping((durationMs) => {
      if (isStopped || mine !== generation) return;
      clock.clearTimeout(deadline);
      options.onRoundTrip(durationMs);
      schedule();
    });
  };

  // The first at once: it gives the latency.
  ping(times.timeoutMs);
  return { checkNow: ping, stop };
}
