import * as http from 'node:http';
import type { Duplex } from 'node:stream';
import { defaultIdleTimeoutMs, defaultMaxIdle, defaultMaxOpen, stillOpen } from './http1/upstream-pool.ts';
import { TunnelStream } from './tunnel-stream.ts';
import type { StreamOpener, StreamTarget } from './types.ts';

export interface TunnelHttpAgentOptions {
  /** Streams open at once; requests beyond it wait for one to be free. */
  maxSockets?: number;
  /** Streams kept for reuse. */
  maxFreeSockets?: number;
  /** A kept stream goes after so long without use. */
  idleTimeoutMs?: number;
}

/**
 * An `http.Agent` whose keep-alive connections are tunnel streams, whatever host a request names. A failed `open` is the
 * request's `error`. Streams of a connection that takes no new ones are not used again, so an ordered close of the peer
 * never meets a request half-way. `destroy()` it at the end.
 */
export function tunnelHttpAgent(
  opener: StreamOpener,
  target: StreamTarget,
  options: TunnelHttpAgentOptions = {},
): http.Agent {
  return new TunnelHttpAgent(opener, target, options);
}

class TunnelHttpAgent extends http.Agent {
  readonly #opener: StreamOpener;
  readonly #target: StreamTarget;
  readonly #idleTimeoutMs: number;
  readonly #maxSockets: number;
  /** Open or being opened. Counted here: Node's agent counts a connection that comes about later only once it has. */
  #count = 0;
  /** Requests that wait for a stream to go. */
  readonly #waiting: (() => void)[] = [];
  /** Streams that wait for their next request, and since when. One sweep for all costs less than a timer for each. */
  readonly #idle = new Map<Duplex, number>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(opener: StreamOpener, target: StreamTarget, options: TunnelHttpAgentOptions) {
    super({ keepAlive: true, maxFreeSockets: options.maxFreeSockets ?? defaultMaxIdle });
    this.#maxSockets = options.maxSockets ?? defaultMaxOpen;
    this.#opener = opener;
    this.#target = target;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? defaultIdleTimeoutMs;
  }

  /** One pool: every stream leads to the same place. */
  override getName(): string {
    return this.#target;
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open().then(
      (stream) => {
        const dropIfIdle = () => {
          if (this.#idle.has(stream)) stream.destroy();
        };
        stream.on('retire', dropIfIdle);
        // The peer closed it while nobody used it.
        stream.on('end', dropIfIdle);
        stream.once('close', () => {
          this.#idle.delete(stream);
          this.#released();
        });
        callback?.(null, stream);
      },
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  async #open(): Promise<Duplex> {
    while (this.#count >= this.#maxSockets) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#count += 1;
    try {
      return stillOpen(await this.#opener.open(this.#target));
    } catch (error) {
      this.#released();
      throw error;
    }
  }

  #released(): void {
    this.#count -= 1;
    this.#waiting.shift()?.();
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // A request that waits opens a stream of its own in the place of this one.
    if (this.#waiting.length > 0) return false;
    if (socket.readableEnded || (socket instanceof TunnelStream && socket.isRetired)) return false;
    this.#idle.set(socket, performance.now());
    this.#sweep ??= setInterval(() => this.#dropIdle(), this.#idleTimeoutMs / 2).unref();
    return true;
  }

  override reuseSocket(socket: Duplex, request: http.ClientRequest): void {
    this.#idle.delete(socket);
    super.reuseSocket(socket, request);
  }

  override destroy(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    for (const proceed of this.#waiting.splice(0)) proceed();
    super.destroy();
  }

  #dropIdle(): void {
    const before = performance.now() - this.#idleTimeoutMs;
    // Oldest first: a stream that is used again goes to the end.
    for (const [stream, since] of this.#idle) {
      if (since > before) break;
      stream.destroy();
    }
    if (this.#idle.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }
}
