import { frameFlag } from './frames.ts';
import type { Fields } from './hpack.ts';

/** Whoever a stream belongs to. */
export interface StreamReceiver {
  /** The answer to the stream that this side opened. */
  onHeaders?(fields: ReadonlyMap<string, string>): void;
  onBytes(bytes: Buffer): void;
  /** The peer has sent all that it will. */
  onEnd(): void;
  /** The peer ended the stream at once. Not called for a reset of this side. */
  onReset(code: number): void;
  /** The peer has answered in whole, and takes nothing more of the question: what is sent from here on goes nowhere. */
  onSatisfied?(): void;
  /** What `send` did not take may be tried again. */
  onRoom(): void;
}

/** What a stream asks of its connection. */
export interface StreamConnection {
  sendHeaders(streamId: number, flags: number, fields: Fields): void;
  /** @returns up to where `bytes` were taken */
  sendData(stream: Http2Stream, bytes: Buffer, from: number): number;
  sendEnd(streamId: number): void;
  sendReset(streamId: number, code: number): void;
  sendWindowUpdate(streamId: number, byBytes: number): void;
  /** So much of what came is no longer held here. */
  freed(stream: Http2Stream, sizeBytes: number): void;
  /** Nothing more goes either way. */
  forget(stream: Http2Stream): void;
}

/** One stream's part of the protocol: its two windows and its two ends. */
export class Http2Stream {
  readonly id: number;
  receiver: StreamReceiver = silent;
  hasReceivedHead = false;
  /** What the peer takes; below 0 after it has made its windows smaller (RFC 9113 section 6.9.2). */
  sendWindowBytes: number;
  readonly #connection: StreamConnection;
  readonly #windowBytes: number;
  /** What the peer may still send. */
  #receiveWindowBytes: number;
  /** Read here, and not yet given back. */
  #consumedBytes = 0;
  #hasSentHeaders = false;
  #hasSentEnd = false;
  #hasReceivedEnd = false;
  #isClosed = false;

  constructor(
    connection: StreamConnection,
    id: number,
    { sendWindowBytes, receiveWindowBytes }: { sendWindowBytes: number; receiveWindowBytes: number },
  ) {
    this.#connection = connection;
    this.id = id;
    this.sendWindowBytes = sendWindowBytes;
    this.#windowBytes = receiveWindowBytes;
    this.#receiveWindowBytes = receiveWindowBytes;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get hasSentHeaders(): boolean {
    return this.#hasSentHeaders;
  }

  get hasReceivedEnd(): boolean {
    return this.#hasReceivedEnd;
  }

  /** Received and not yet read; after it is closed, too. */
  get unreadBytes(): number {
    return this.#windowBytes - this.#receiveWindowBytes - this.#consumedBytes;
  }

  /** Of a stream that the peer opened: takes it, if that has not been answered yet. */
  accept(): void {
    if (!this.#hasSentHeaders) this.sendHeaders(accepted, { isEnd: false });
  }

  sendHeaders(fields: Fields, { isEnd }: { isEnd: boolean }): void {
    if (this.#isClosed) return;
    this.#hasSentHeaders = true;
    this.#connection.sendHeaders(this.id, isEnd ? frameFlag.endStream : 0, fields);
    if (isEnd) this.#sentEnd();
  }

  /**
   * Sends what the windows and the connection have room for, beginning at `from`.
   *
   * @returns up to where `bytes` were taken; for the rest wait for `onRoom`
   */
  send(bytes: Buffer, from: number): number {
    if (this.#isClosed) return bytes.length;
    this.accept();
    return this.#connection.sendData(this, bytes, from);
  }

  end(): void {
    if (this.#isClosed || this.#hasSentEnd) return;
    this.accept();
    this.#connection.sendEnd(this.id);
    this.#sentEnd();
  }

  reset(code: number): void {
    if (this.#isClosed) return;
    this.#connection.sendReset(this.id, code);
    this.#close();
  }

  /** Gives the peer its window back, half a window at a time. */
  consumed(sizeBytes: number): void {
    this.#consumedBytes += sizeBytes;
    this.#connection.freed(this, sizeBytes);
    if (this.#isClosed || this.#hasReceivedEnd || this.#consumedBytes < this.#windowBytes / 2) return;
    this.#connection.sendWindowUpdate(this.id, this.#consumedBytes);
    this.#receiveWindowBytes += this.#consumedBytes;
    this.#consumedBytes = 0;
  }

  /** @returns false where the peer sent more than it might */
  takeFromWindow(sizeBytes: number): boolean {
    this.#receiveWindowBytes -= sizeBytes;
    return this.#receiveWindowBytes >= 0;
  }

  receivedEnd(): void {
    this.#hasReceivedEnd = true;
    if (this.#hasSentEnd) this.#close();
    this.receiver.onEnd();
  }

  receivedReset(code: number): void {
    if (this.#isClosed) return;
    this.#close();
    this.receiver.onReset(code);
  }

  receivedSatisfied(): void {
    this.#close();
    this.receiver.onSatisfied?.();
  }

  #sentEnd(): void {
    this.#hasSentEnd = true;
    if (this.#hasReceivedEnd) this.#close();
  }

  #close(): void {
    this.#isClosed = true;
    this.#connection.forget(this);
  }
}

/** Whoever sends on a stream that the peer opened has accepted it (RFC 9110 section 9.3.6). */
const accepted: Fields = [[':status', '200']];

const silent: StreamReceiver = { onBytes() {}, onEnd() {}, onReset() {}, onRoom() {} };
