import type { Duplex } from 'node:stream';
import { TunnelError } from '../errors.ts';
import { maxHeaderBytes } from '../serve-http.ts';
import type { StreamOpener, StreamTarget } from '../types.ts';
import { UpstreamConnection } from './upstream-connection.ts';

export interface UpstreamPoolOptions {
  /** Opens a connection; a tunnel stream, or TLS to an API server. With the signal nobody wants it any more. */
  open(signal: AbortSignal): Promise<Duplex>;
  /** Connections open at once; requests beyond it wait for one to be free. */
  maxOpen?: number;
  /** Kept for reuse. */
  maxIdle?: number;
  /** A kept connection goes after so long without use. */
  idleTimeoutMs?: number;
}

/** Far above what people do, far below what breaks: each costs tens of KB in every hop. */
export const defaultMaxOpen = 4096;
export const defaultMaxIdle = 64;
export const defaultIdleTimeoutMs = 60_000;

/** Connections to one place, kept between requests. The one used last is used first, so that a burst's rest can go. */
export class UpstreamPool {
  readonly #open: (signal: AbortSignal) => Promise<Duplex>;
  readonly #maxOpen: number;
  readonly #maxIdle: number;
  readonly #idleTimeoutMs: number;
  /** Open or being opened. */
  #count = 0;
  readonly #waiting: (() => void)[] = [];
  /** Oldest first. */
  readonly #idle: UpstreamConnection[] = [];
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: UpstreamPoolOptions) {
    this.#open = options.open;
    this.#maxOpen = options.maxOpen ?? defaultMaxOpen;
    this.#maxIdle = options.maxIdle ?? defaultMaxIdle;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs;
  }

  /** A kept connection; undefined where there is none. */
  takeIdle(): UpstreamConnection | undefined {
    const before = performance.now() - this.#idleTimeoutMs;
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return undefined;
      if (connection.isReusable && connection.idleSinceMs > before) return connection;
      connection.destroy();
    }
  }

  /** A new connection. @throws what opening it fails with, or the signal's reason */
  async connect(signal: AbortSignal): Promise<UpstreamConnection> {
    while (this.#count >= this.#maxOpen) await this.#place(signal);
    this.#count += 1;
    let stream: Duplex;
    try {
      stream = stillOpen(await this.#open(signal));
    } catch (error) {
      this.#released();
      throw error;
    }
    const connection = new UpstreamConnection(stream, {
      maxHeadBytes: maxHeaderBytes,
      onIdle: (each) => this.#keep(each),
    });
    stream.once('close', () => {
      const index = this.#idle.indexOf(connection);
      if (index >= 0) this.#idle.splice(index, 1);
      this.#released();
    });
    return connection;
  }

  /** Kept connections go at once, others with their request. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweep);
    for (const connection of [...this.#idle]) connection.destroy();
    for (const proceed of this.#waiting.splice(0)) proceed();
  }

  #keep(connection: UpstreamConnection): void {
    // A request that waits opens a connection of its own in the place of this one.
    if (this.#isClosed || this.#waiting.length > 0 || this.#idle.length >= this.#maxIdle) {
      connection.destroy();
      return;
    }
    connection.idleSinceMs = performance.now();
    this.#idle.push(connection);
    this.#sweep ??= setInterval(() => this.#dropIdle(), this.#idleTimeoutMs / 2).unref();
  }

  /** Resolves when one of the open connections has gone. Who leaves gives way to those behind. */
  async #place(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const proceed = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(proceed), 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(proceed);
    });
  }

  #released(): void {
    this.#count -= 1;
    this.#waiting.shift()?.();
  }

  #dropIdle(): void {
    const before = performance.now() - this.#idleTimeoutMs;
    for (const connection of [...this.#idle]) {
      if (connection.idleSinceMs > before) break;
      connection.destroy();
    }
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}

/**
 * A connection that is gone before anybody could listen to it would never be heard of again.
 *
 * @throws {TunnelError} `POSTERN_TUNNEL_LOST`
 */
export function stillOpen(stream: Duplex): Duplex {
  if (stream.destroyed) throw new TunnelError('POSTERN_TUNNEL_LOST', 'the connection was closed as it opened');
  return stream;
}

/**
 * The connections of a hop through a tunnel. A failed `open` is the request's error. Streams of a connection that takes no
 * new ones are not used again, so an ordered close of the peer never meets a request half-way.
 */
export function tunnelPool(
  opener: StreamOpener,
  target: StreamTarget,
  options: Omit<UpstreamPoolOptions, 'open'> = {},
): UpstreamPool {
  return new UpstreamPool({ ...options, open: (signal) => opener.open(target, { signal }) });
}
