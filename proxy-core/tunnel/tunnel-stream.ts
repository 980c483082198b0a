import { constants, type Http2Stream } from 'node:http2';
import { Duplex } from 'node:stream';
import { TunnelError } from './errors.ts';
import type { PeerIdentity, StreamTarget } from './types.ts';

/** Below this, the pieces of one corked write (a head and its body) are joined: one HTTP/2 frame, one TLS record. */
const joinBelowBytes = 8 * 1024;

/**
 * One stream of a tunnel as the plain duplex of bytes that Node's HTTP/1.1 client and server expect of a socket.
 *
 * Thin on purpose: chunks go through uncopied, `write` reports HTTP/2's own back-pressure, and reading stops (so the
 * peer's window closes) as soon as the reader here does. Only Buffers reach the HTTP/2 stream: `Writable` decodes strings
 * before `_write`. The socket methods that `node:http` calls are here; those that have no meaning on a stream do nothing.
 */
export class TunnelStream extends Duplex {
  readonly target: StreamTarget;
  readonly peer: PeerIdentity;
  readonly #stream: Http2Stream;
  #isEnded = false;
  #isRetired = false;
  #idleTimer: NodeJS.Timeout | undefined;
  /** As `net.Socket.timeout`; the HTTP agent reads it. */
  timeout = 0;

  constructor(stream: Http2Stream, target: StreamTarget, peer: PeerIdentity) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#stream = stream;
    this.target = target;
    this.peer = peer;
    stream.on('data', (chunk: Buffer) => {
      this.#idleTimer?.refresh();
      if (!this.push(chunk)) stream.pause();
    });
    stream.on('end', () => {
      this.#isEnded = true;
      this.push(null);
    });
    let cause: Error | undefined;
    stream.on('error', (error) => {
      cause = error;
    });
    stream.on('close', () => {
      if (this.#isEnded && stream.rstCode === constants.NGHTTP2_NO_ERROR && this.writableEnded) return;
      this.destroy(
        new TunnelError('POSTERN_TUNNEL_LOST', `the ${target} stream to ${peer.address} was cut`, { cause }),
      );
    });
    // Nothing is read before somebody here reads.
    stream.pause();
  }

  /** As `net.Socket.remoteAddress`: the peer of the TLS connection underneath. */
  get remoteAddress(): string {
    return this.peer.address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  }

  /** True once its connection takes no new streams: a keep-alive connection on it should not be used again. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** Emits `retire`, once. What runs on the stream runs on. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.emit('retire');
  }

  override _read(): void {
    this.#stream.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#idleTimer?.refresh();
    if (this.#stream.write(chunk)) callback();
    else this.#stream.once('drain', callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    let sizeBytes = 0;
    for (const { chunk } of chunks) sizeBytes += chunk.length;
    if (sizeBytes <= joinBelowBytes) {
      this._write(
        Buffer.concat(
          chunks.map(({ chunk }) => chunk),
          sizeBytes,
        ),
        'latin1',
        callback,
      );
      return;
    }
    this.#idleTimer?.refresh();
    let hasRoom = true;
    this.#stream.cork();
    for (const { chunk } of chunks) hasRoom = this.#stream.write(chunk);
    this.#stream.uncork();
    if (hasRoom) callback();
    else this.#stream.once('drain', callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    const stream = this.#stream;
    stream.end((error?: Error | null) => {
      // Node may close an HTTP/2 stream whose both ends are out before it calls it finished.
      callback(stream.rstCode === constants.NGHTTP2_NO_ERROR ? null : error);
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#idleTimer);
    const stream = this.#stream;
    if (!stream.destroyed) {
      // Complete both ways: let END_STREAM go out. Anything else is a reset, so that the peer stops at once.
      const isComplete = this.#isEnded && this.writableFinished && error === null;
      if (!isComplete) stream.close(constants.NGHTTP2_CANCEL);
      // Unread bytes would hold the stream (and its window) for ever.
      stream.resume();
    }
    callback(error);
  }

  /** As `net.Socket.setTimeout`: emits `timeout` after so long without a byte either way. */
  setTimeout(timeoutMs: number, listener?: () => void): this {
    clearTimeout(this.#idleTimer);
    this.timeout = timeoutMs;
    this.#idleTimer = timeoutMs > 0 ? setTimeout(() => this.emit('timeout'), timeoutMs).unref() : undefined;
    if (listener !== undefined) {
      if (timeoutMs > 0) this.once('timeout', listener);
      else this.removeListener('timeout', listener);
    }
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
