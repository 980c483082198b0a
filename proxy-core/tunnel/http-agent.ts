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
      (stream) => callback?.(null, stream),
      (error: Error) => callback?.(error, undefined as unknown as Duplex),
    );
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    if (!(socket instanceof TunnelStream) || socket.isRetired || socket.readableEnded) return false;
    const drop = () => socket.destroy();
    socket.once('retire', drop);
    // The peer closed it while nobody used it.
    socket.once('end', drop);
    socket.setTimeout(this.#idleTimeoutMs, drop);
    idleDrops.set(socket, drop);
    return true;
  }

  override reuseSocket(socket: Duplex, request: http.ClientRequest): void {
    const drop = idleDrops.get(socket);
    if (socket instanceof TunnelStream && drop !== undefined) {
      socket.off('retire', drop).off('end', drop).off('timeout', drop);
      socket.setTimeout(0);
      idleDrops.delete(socket);
    }
    super.reuseSocket(socket, request);
  }
}

/** What destroys a stream while it lies unused. */
const idleDrops = new WeakMap<Duplex, () => void>();
