import type { Duplex } from 'node:stream';
import { acceptTunnel } from './accept.ts';
import type { ConnectionOptions } from './connection.ts';
import { startTestListener, type TestListener } from './testing-listener.ts';
import { Tunnel, type TunnelOptions } from './tunnel.ts';
import type { StreamAcceptor, StreamTarget, TunnelConnection } from './types.ts';

/** A dialling `Tunnel` and the controller's end of it, over real TLS on loopback, for tests. */
export interface TestPair extends AsyncDisposable {
  listener: TestListener;
  tunnel: Tunnel;
  /** The accepting ends, in the order in which they came. */
  accepted: TunnelConnection[];
}

export async function openTestPair(
  accept: StreamAcceptor,
  options: Partial<TunnelOptions> & { acceptOptions?: ConnectionOptions } = {},
): Promise<TestPair> {
  const accepted: TunnelConnection[] = [];
  const listener = await startTestListener((socket) => {
    accepted.push(acceptTunnel(socket, accept, options.acceptOptions));
  });
  const credentials = await listener.credentials();
  const tunnel = new Tunnel({
    addresses: () => [listener.address],
    credentials: () => credentials,
    mode: { kind: 'forward' },
    environment: {},
    random: () => 0,
    ...options,
  });
  await tunnel.whenOpen(AbortSignal.timeout(5000));
  return {
    listener,
    tunnel,
    accepted,
    async [Symbol.asyncDispose]() {
      await tunnel.close({ drainMs: 0 });
      await listener.close();
    },
  };
}

/** Accepts streams and hands them out in order. */
export function streamQueue(): { accept: StreamAcceptor; next(): Promise<{ target: StreamTarget; stream: Duplex }> } {
  const arrived: { target: StreamTarget; stream: Duplex }[] = [];
  const waiting: ((entry: { target: StreamTarget; stream: Duplex }) => void)[] = [];
  return {
    accept: (target, stream) => {
      const taker = waiting.shift();
      if (taker === undefined) arrived.push({ target, stream });
      else taker({ target, stream });
    },
    next: () => {
      const entry = arrived.shift();
      return entry === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(entry);
    },
  };
}

/** Resolves when a stream is closed, with the error that closed it. */
export function closing(stream: Duplex): Promise<Error | null> {
  return new Promise((resolve) => {
    stream.on('error', () => {});
    if (stream.closed) resolve(stream.errored);
    else stream.once('close', () => resolve(stream.errored));
  });
}

/** A clock that moves only when told. */
export function manualClock(start = 0): {
  now(): number;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  advance(byMs: number): void;
} {
  let time = start;
  let nextId = 1;
  const timers = new Map<number, { at: number; callback: () => void }>();
  return {
    now: () => time,
    setTimeout: (callback, delayMs) => {
      const id = nextId++;
      timers.set(id, { at: time + delayMs, callback });
      return id;
    },
    clearTimeout: (handle) => {
      timers.delete(handle as number);
    },
    advance: (byMs) => {
      const until = time + byMs;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        time = Math.max(time, due[1].at);
        due[1].callback();
      }
      time = until;
    },
  };
}
