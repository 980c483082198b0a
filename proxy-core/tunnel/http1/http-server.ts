import type { Duplex } from 'node:stream';
import { ServerConnection, type ServerConnectionOptions } from './server-connection.ts';

export interface HttpServerOptions extends ServerConnectionOptions {
  /** From the first byte of a head to its last. Unset: as long as it takes, where the peer is one of ours. */
  headTimeoutMs?: number;
  /** Without a request. Unset: the other side decides. */
  idleTimeoutMs?: number;
}

/** How often connections are looked at: one timer for all of them. */
const sweepMs = 5000;

/** Serves HTTP/1.1 on connections that it is given: TLS sockets, or tunnel streams. Nothing times out while it is answered. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #connections = new Set<ServerConnection>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
  }

  serve(stream: Duplex): void {
    const connection = new ServerConnection(stream, this.#options);
    const { headTimeoutMs, idleTimeoutMs } = this.#options;
    this.#connections.add(connection);
    stream.once('close', () => this.#removed(connection));
    if (headTimeoutMs !== undefined || idleTimeoutMs !== undefined) {
      this.#sweep ??= setInterval(() => this.#closeQuiet(), sweepMs).unref();
    }
  }

  /** Ends the connections on which no request runs. */
  closeIdle(): void {
    for (const connection of this.#connections) if (connection.isIdle) connection.closeGently();
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const { stream } of this.#connections) stream.destroy();
  }

  #removed(connection: ServerConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  #closeQuiet(): void {
    const now = performance.now();
    const { headTimeoutMs = Number.POSITIVE_INFINITY, idleTimeoutMs = Number.POSITIVE_INFINITY } = this.#options;
    for (const connection of this.#connections) {
      const quiet = connection.quietMs(now);
      if (quiet === undefined) continue;
      if (quiet.forMs >= (quiet.kind === 'head' ? headTimeoutMs : idleTimeoutMs)) connection.closeGently();
    }
  }
}
