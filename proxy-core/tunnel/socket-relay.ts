import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Written to the socket and not yet gone: up to here a write counts as done at once. */
const outboxBytes = 256 * 1024;
/** Beyond it, a write counts as done after so long at most. */
const acknowledgeWithinMs = 100;

type Acknowledge = (error?: Error | null) => void;

/**
 * Stands between an HTTP/2 session and its TLS socket so that the session never stops reading for long.
 *
 * Node's HTTP/2 reads nothing while a write waits for the socket (node_http2.cc, `MaybeStopReading` and "receive paused";
 * so in Node 24.21). Two peers that both have more to send than the network holds then wait for each other for ever, and
 * on a slow link an upload starves every download. Here a write is acknowledged before it has left. What that leaves in
 * the socket's buffer is bounded all the same: the session sends only what the peer's windows allow, 1 MiB a stream and
 * {@link connectionWindowBytes} in all.
 */
export class SocketRelay extends Duplex {
  readonly #socket: TLSSocket;

  constructor(socket: TLSSocket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    // Nothing is read, and nothing lost, before the session asks.
    socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, acknowledge: Acknowledge): void {
    this.#socket.write(chunk);
    this.#settle(acknowledge);
  }

  override _writev(chunks: { chunk: Buffer }[], acknowledge: Acknowledge): void {
    this.#socket.cork();
    for (const { chunk } of chunks) this.#socket.write(chunk);
    this.#socket.uncork();
    this.#settle(acknowledge);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.end(() => callback());
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }

  #settle(acknowledge: Acknowledge): void {
    const socket = this.#socket;
    if (socket.writableLength <= outboxBytes) {
      acknowledge();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      socket.off('drain', done);
      acknowledge();
    };
    const timer = setTimeout(done, acknowledgeWithinMs);
    socket.once('drain', done);
  }
}
