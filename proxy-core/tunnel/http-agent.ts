import * as http from 'node:http';
import type { Duplex } from 'node:stream';
import { TunnelStream } from './tunnel-stream.ts';
import type { StreamOpener, StreamTarget } from './types.ts';

export interface TunnelHttpAgentOptions {
  /** Requests running at once; more wait in line. */
  maxSockets?: number;
  /** Streams kept for reuse. */
  maxFreeSockets?: number;
  /** A kept stream goes after so long without use. */
  idleTimeoutMs?: number;
}

/** Far above what people do, far below what breaks: each costs tens of KB in every hop. */
const defaultMaxSockets = 4096;
const defaultMaxFreeSockets = 64;
const defaultIdleTimeoutMs = 60_000;

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
  /** Streams that wait for their next request, and since when. One sweep for all costs less than a timer for each. */
  readonly #idle = new Map<Duplex, number>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(opener: StreamOpener, target: StreamTarget, options: TunnelHttpAgentOptions) {
    const maxSockets = options.maxSockets ?? defaultMaxSockets;
    super({
      keepAlive: true,
      maxSockets,
      maxTotalSockets: maxSockets,
      maxFreeSockets: options.maxFreeSockets ?? defaultMaxFreeSockets,
    });
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
    this.#opener.open(this.#target).then(
      (stream) => {
        const dropIfIdle = () => {
          if (this.#idle.has(stream)) stream.destroy();
        };
        stream.on('retire', dropIfIdle);
        // The peer closed it while nobody used it.
        stream.on('end', dropIfIdle);
        stream.once('close', () => this.#idle.delete(stream));
        callback?.(null, stream);
      },
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): boolean {
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
