import { bytesPassed } from '../buffer-memory.ts';
import { errorCode, Http2Error, initialWindowBytes, maxWindowBytes } from './frames.ts';
import type { Output } from './output.ts';
import type { Http2Stream } from './stream.ts';

/** DATA of all streams of a connection: within the window that the peer gave it, and by turns where not all have room. */
export class DataSender {
  readonly #output: Output;
  /** What the peer takes, all streams together. */
  #windowBytes = initialWindowBytes;
  /** Those that have something to send and wait for room, the next one first. */
  readonly #waiting = new Set<Http2Stream>();
  /** The one whose turn it is. */
  #sending: Http2Stream | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** @returns up to where `bytes` were taken */
  send(stream: Http2Stream, bytes: Buffer, from: number): number {
    const isItsTurn = this.#sending === stream;
    if (this.#waiting.size > 0 && !isItsTurn) {
      this.#waiting.add(stream);
      return from;
    }
    let at = from;
    while (at < bytes.length && stream.sendWindowBytes > 0) {
      const isOthersTurn = isItsTurn && at > from && this.#waiting.size > 0;
      if (isOthersTurn || this.#windowBytes <= 0 || !this.#output.hasRoom) {
        this.#waiting.add(stream);
        break;
      }
      const to = Math.min(bytes.length, at + Math.min(stream.sendWindowBytes, this.#windowBytes));
      const sentTo = this.#output.data(stream.id, bytes, at, to);
      stream.sendWindowBytes -= sentTo - at;
      this.#windowBytes -= sentTo - at;
      at = sentTo;
    }
    bytesPassed('sent', at - from);
    return at;
  }

  /** There may be room again. */
  sendWaiting(): void {
    while (this.#windowBytes > 0 && this.#output.hasRoom) {
      const [stream] = this.#waiting;
      if (stream === undefined) return;
      this.#waiting.delete(stream);
      this.#sending = stream;
      stream.receiver.onRoom();
      this.#sending = undefined;
    }
  }

  /** @throws {Http2Error} where the window overflows */
  widen(byBytes: number): void {
    this.#windowBytes += byBytes;
    if (this.#windowBytes > maxWindowBytes) throw new Http2Error(errorCode.flowControl, 'the window overflows');
    this.sendWaiting();
  }

  forget(stream: Http2Stream): void {
    this.#waiting.delete(stream);
  }
}
