import { Duplex } from 'node:stream';
import { Backlog } from './backlog.ts';
import { TunnelError } from './errors.ts';
import { errorCode } from './http2/frames.ts';
import type { Http2Stream, StreamReceiver } from './http2/stream.ts';
import type { PeerIdentity, StreamTarget } from './types.ts';

/** Below this, the pieces of one corked write (a head and its body) are joined: one HTTP/2 frame. */
const joinBelowBytes = 8 * 1024;
/**
 * What is that many times smaller than the chunk in which it came goes on as a copy: whoever has to hold it (a write that
 * waits, at the next hop) would hold the chunk. Frames that go out together are far from it.
 */
const copyBelowShare = 64;

/**
 * One stream of a tunnel as the plain duplex of bytes that HTTP/1.1 expects of a socket.
 *
 * Chunks go through uncopied on the way in; a write is over once the connection has taken it; and the peer's window opens
 * only as the reader here reads. The socket methods that `node:http` calls are here; those that have no meaning on a stream
 * do nothing.
 */
export class TunnelStream extends Duplex implements StreamReceiver {
  readonly target: StreamTarget;
  readonly peer: PeerIdentity;
  readonly #stream: Http2Stream;
  /** Received, and not yet given back to the peer's window. */
  #unreadBytes = 0;
  /** What came while something waited to be read; what came first is in the buffer of `Readable`. */
  #backlog: Backlog | undefined;
  #isBehind = false;
  /** Written, and not yet taken by the connection; what is being written comes first. */
  #unsent: Buffer[] = [];
  #sentOfFirstBytes = 0;
  #onSent: ((error?: Error) => void) | undefined;
  #isRetired = false;
  #idleTimer: NodeJS.Timeout | undefined;
  /** As `net.Socket.timeout`; the HTTP agent reads it. */
  timeout = 0;

  constructor(stream: Http2Stream, target: StreamTarget, peer: PeerIdentity) {
    // `push` says at once that there is a reader to wait for.
    super({ allowHalfOpen: true, decodeStrings: true, readableHighWaterMark: 1 });
    this.#stream = stream;
    this.target = target;
    this.peer = peer;
    stream.receiver = this;
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

  /** What the peer answered to the stream that this side opened. */
  onHeaders(fields: ReadonlyMap<string, string>): void {
    this.emit('answer', fields);
  }

  onBytes(bytes: Buffer): void {
    this.#idleTimer?.refresh();
    this.#unreadBytes += bytes.length;
    if (this.#isBehind) {
      this.#backlog ??= new Backlog();
      this.#backlog.add(bytes);
    } else this.#isBehind = !this.push(bytes.length * copyBelowShare < bytes.buffer.byteLength ? copyOf(bytes) : bytes);
    this.#giveBack();
  }

  onEnd(): void {
    this.#pushBacklog();
    this.push(null);
  }

  onReset(): void {
    this.destroy(new TunnelError('POSTERN_TUNNEL_LOST', `the ${this.target} stream to ${this.peer.address} was cut`));
  }

  /** What has come can still be read, to its end. */
  onSatisfied(): void {
    this.onRoom();
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }

  /** Its connection is gone. What has come in whole can still be read. */
  lost(error: Error): void {
    if (!this.#stream.isClosed) this.destroy(error);
  }

  onRoom(): void {
    if (this.#onSent !== undefined) this.#send();
  }

  override _read(): void {
    this.#isBehind = false;
    this.#pushBacklog();
  }

  #pushBacklog(): void {
    if (this.#backlog === undefined) return;
    const pieces = this.#backlog.end();
    this.#backlog = undefined;
    for (const piece of pieces) this.#isBehind = !this.push(piece);
  }

  /** Not in `_read`: that comes before the bytes have left the buffer, and not again before more have come. */
  override read(size?: number): Buffer | string | null {
    const chunk: Buffer | string | null = super.read(size);
    this.#giveBack();
    return chunk;
  }

  /** What has been pushed and is no longer in the buffer here has been read. */
  #giveBack(): void {
    const readBytes = this.#unreadBytes - this.readableLength - (this.#backlog?.sizeBytes ?? 0);
    if (readBytes <= 0) return;
    this.#unreadBytes -= readBytes;
    this.#stream.consumed(readBytes);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#idleTimer?.refresh();
    const sentBytes = this.#stream.send(chunk, 0);
    if (sentBytes === chunk.length) {
      callback();
      return;
    }
    this.#unsent.push(chunk);
    this.#sentOfFirstBytes = sentBytes;
    this.#onSent = callback;
  }

  override _writev(chunks: { chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#idleTimer?.refresh();
    const buffers = chunks.map(({ chunk }) => chunk);
    const sizeBytes = buffers.reduce((sum, { length }) => sum + length, 0);
    this.#unsent = sizeBytes <= joinBelowBytes ? [Buffer.concat(buffers, sizeBytes)] : buffers;
    this.#onSent = callback;
    this.#send();
  }

  #send(): void {
    for (let chunk = this.#unsent[0]; chunk !== undefined; chunk = this.#unsent[0]) {
      this.#sentOfFirstBytes = this.#stream.send(chunk, this.#sentOfFirstBytes);
      if (this.#sentOfFirstBytes < chunk.length) return;
      this.#unsent.shift();
      this.#sentOfFirstBytes = 0;
    }
    const onSent = this.#onSent;
    this.#onSent = undefined;
    onSent?.();
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#stream.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#idleTimer);
    this.#backlog = undefined;
    this.#unsent = [];
    this.#stream.consumed(this.#unreadBytes);
    this.#unreadBytes = 0;
    this.#onSent?.(error ?? new TunnelError('POSTERN_TUNNEL_LOST', 'the stream was closed'));
    this.#onSent = undefined;
    // Unless both ends are out: a reset, so that the peer stops at once. What was sent in whole it may read first.
    this.#stream.reset(error === null && this.writableFinished ? errorCode.none : errorCode.cancel);
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

/** Not in Node's pool, which others could make large beside what is kept of it. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
