import type { Duplex } from 'node:stream';
import {
  errorCode,
  frameHeaderBytes,
  frameType,
  Http2Error,
  initialMaxFrameBytes,
  writeFrameHeader,
} from './frames.ts';

/** Frames are gathered in buffers of this size: four TLS records. */
const bufferBytes = 64 * 1024;
/** What one TLS record holds (RFC 8446 section 5.1). */
const recordBytes = 16 * 1024;
/** A rest of a record or of a buffer that is not worth a DATA frame of its own. */
const smallestRoomBytes = 1024;
/** What may have been handed to the socket without having left it; above it DATA waits, and its senders with it. */
const maxInFlightBytes = 2 * bufferBytes;
/** Each write keeps its buffer until it has left, however little is in it: further frames are gathered, not written. */
const maxInFlightWrites = 32;
/** Frames other than DATA that may wait beyond that. A peer that makes us answer without ever reading meets it. */
const maxOverflowBytes = 1024 * 1024;
/**
 * So many frames go out without waiting for the end of the event loop's turn. The next hop then works on the first
 * requests of a burst while this one still works on the last; more at a time, and the hops take turns in idling; fewer, and
 * each frame costs a TLS record and a system call of its own.
 */
const framesPerWrite = 16;

/** Buffers that are free, for all connections: an idle one holds none. */
const free: Buffer[] = [];
const maxFree = maxInFlightWrites;

/** What one connection sends: gathers frames into few writes, and tells when there is room for more. */
export class Output {
  readonly #socket: Duplex;
  readonly #onRoom: () => void;
  #buffer: Buffer | undefined;
  #usedBytes = 0;
  #frames = 0;
  /** The DATA frame at the end of the buffer, which more of the same stream may join. */
  readonly #open = { at: 0, streamId: 0, sizeBytes: 0, leftBytes: 0 };
  #inFlightBytes = 0;
  #inFlightWrites = 0;
  #overflow: Buffer[] = [];
  #overflowBytes = 0;
  #isScheduled = false;
  #isEnded = false;

  /** @param onRoom called after what had filled the connection has left */
  constructor(socket: Duplex, onRoom: () => void) {
    this.#socket = socket;
    this.#onRoom = onRoom;
  }

  /** Whether DATA may be sent now. */
  get hasRoom(): boolean {
    if (this.#isEnded || this.#overflowBytes > 0) return false;
    if (bufferBytes - this.#usedBytes < frameHeaderBytes + smallestRoomBytes) this.flush();
    return bufferBytes - this.#usedBytes >= frameHeaderBytes + smallestRoomBytes;
  }

  /**
   * DATA of `bytes[from, to)`, where there is room. Frames end where TLS records end, so that what the peer decrypts is a
   * frame, and what it sends on is one again: cut elsewhere, the pieces of a body would double in number at each hop.
   *
   * @returns up to where they were taken: a frame at most
   */
  data(streamId: number, bytes: Buffer, from: number, to: number): number {
    const open = this.#open;
    const isNew = open.streamId !== streamId || open.leftBytes === 0;
    if (isNew) this.#beginData(streamId);
    const sizeBytes = Math.min(to - from, open.leftBytes);
    bytes.copy(this.#buffer as Buffer, this.#usedBytes, from, from + sizeBytes);
    open.sizeBytes += sizeBytes;
    open.leftBytes -= sizeBytes;
    writeFrameHeader(this.#buffer as Buffer, open.at, {
      type: frameType.data,
      flags: 0,
      streamId,
      sizeBytes: open.sizeBytes,
    });
    this.#added(sizeBytes, isNew ? 1 : 0);
    return from + sizeBytes;
  }

  #beginData(streamId: number): void {
    this.#current();
    const open = this.#open;
    open.at = this.#usedBytes;
    open.streamId = streamId;
    open.sizeBytes = 0;
    this.#usedBytes += frameHeaderBytes;
    const toRecordEnd = recordBytes - (this.#usedBytes % recordBytes);
    open.leftBytes = Math.min(
      toRecordEnd < smallestRoomBytes ? toRecordEnd + recordBytes : toRecordEnd,
      initialMaxFrameBytes,
      bufferBytes - this.#usedBytes,
    );
  }

  /**
   * Any other frame, whole; it need not wait for room.
   *
   * @throws {Http2Error} where the peer leaves too many of them unread
   */
  frame(frame: Buffer): void {
    if (this.#isEnded) return;
    if (this.#overflowBytes === 0 && this.#usedBytes + frame.length > bufferBytes) this.flush();
    if (this.#overflowBytes > 0 || this.#usedBytes + frame.length > bufferBytes) {
      this.#overflow.push(frame);
      this.#overflowBytes += frame.length;
      if (this.#overflowBytes > maxOverflowBytes) {
        throw new Http2Error(errorCode.enhanceYourCalm, 'the peer asks more than it reads');
      }
      return;
    }
    this.#open.leftBytes = 0;
    frame.copy(this.#current(), this.#usedBytes);
    this.#added(frame.length, 1);
  }

  /** Hands to the socket what has been gathered, unless it still has too much. */
  flush(): void {
    if (!this.#isFull) this.#write();
  }

  /** Sends what is left, `last` behind it, and then the end of the connection. */
  end(last?: Buffer): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#write();
    for (const frame of this.#overflow.splice(0)) this.#socket.write(frame);
    this.#overflowBytes = 0;
    if (last !== undefined) this.#socket.write(last);
    this.#socket.end();
  }

  get #isFull(): boolean {
    return this.#inFlightBytes >= maxInFlightBytes || this.#inFlightWrites >= maxInFlightWrites;
  }

  #current(): Buffer {
    this.#buffer ??= free.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    return this.#buffer;
  }

  #added(sizeBytes: number, frames: number): void {
    this.#usedBytes += sizeBytes;
    this.#frames += frames;
    if (this.#frames >= framesPerWrite || this.#usedBytes === bufferBytes) this.flush();
    if (this.#usedBytes === 0 || this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#onTurnEnd);
  }

  readonly #onTurnEnd = () => {
    this.#isScheduled = false;
    this.flush();
  };

  #write(): void {
    const buffer = this.#buffer;
    const sizeBytes = this.#usedBytes;
    if (buffer === undefined || sizeBytes === 0) return;
    this.#buffer = undefined;
    this.#usedBytes = 0;
    this.#frames = 0;
    this.#open.leftBytes = 0;
    this.#inFlightBytes += sizeBytes;
    this.#inFlightWrites += 1;
    this.#socket.write(buffer.subarray(0, sizeBytes), () => {
      if (free.length < maxFree) free.push(buffer);
      this.#written(sizeBytes);
    });
  }

  #written(sizeBytes: number): void {
    const wasFull = this.#isFull;
    this.#inFlightBytes -= sizeBytes;
    this.#inFlightWrites -= 1;
    if (!wasFull || this.#isEnded) return;
    this.flush();
    if (this.#overflowBytes > 0 && this.#usedBytes === 0) this.#takeOverflow();
    this.#onRoom();
  }

  #takeOverflow(): void {
    const waiting = this.#overflow;
    this.#overflow = [];
    this.#overflowBytes = 0;
    for (const frame of waiting) this.frame(frame);
  }
}
