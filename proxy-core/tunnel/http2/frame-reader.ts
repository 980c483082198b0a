import { errorCode, frameFlag, frameHeaderBytes, frameType, Http2Error } from './frames.ts';

export interface FrameReceiver {
  /** A piece of a DATA frame as it came; `isLast` with the last of the frame, which alone may be empty. */
  onData(streamId: number, bytes: Buffer, flags: number, isLast: boolean): void;
  /** Any other frame, whole; and DATA with padding. */
  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void;
}

/** Takes the bytes of a connection apart into frames. DATA is handed on without being gathered or copied. */
export class FrameReader {
  readonly #receiver: FrameReceiver;
  readonly #maxFrameBytes: number;
  /** A header, or the payload of a frame that is wanted whole, of which only a part has come. */
  #partial: Buffer | undefined;
  #partialFill = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  #isInFrame = false;
  /** Of the present frame's payload. */
  #leftBytes = 0;

  constructor(receiver: FrameReceiver, maxFrameBytes: number) {
    this.#receiver = receiver;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** @throws {Http2Error} where a frame is larger than it may be, and whatever the receiver throws */
  read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#isInFrame) at = this.#readPayload(chunk, at);
      else at = this.#readHeader(chunk, at);
    }
  }

  #readHeader(chunk: Buffer, at: number): number {
    if (this.#partial === undefined && chunk.length - at >= frameHeaderBytes) {
      this.#begin(chunk, at);
      return at + frameHeaderBytes;
    }
    const next = this.#gather(chunk, at, frameHeaderBytes);
    const header = this.#takeGathered(frameHeaderBytes);
    if (header !== undefined) this.#begin(header, 0);
    return next;
  }

  #begin(header: Buffer, at: number): void {
    this.#leftBytes = header.readUIntBE(at, 3);
    this.#type = header[at + 3] as number;
    this.#flags = header[at + 4] as number;
    this.#streamId = header.readUInt32BE(at + 5) & 0x7fff_ffff;
    if (this.#leftBytes > this.#maxFrameBytes) {
      throw new Http2Error(errorCode.frameSize, `a frame of ${this.#leftBytes} bytes is too large`);
    }
    this.#isInFrame = true;
    // Nothing more need come for it.
    if (this.#leftBytes === 0) this.#readPayload(empty, 0);
  }

  #readPayload(chunk: Buffer, at: number): number {
    const isWhole = chunk.length - at >= this.#leftBytes;
    if (this.#type === frameType.data && (this.#flags & frameFlag.padded) === 0) {
      const next = isWhole ? at + this.#leftBytes : chunk.length;
      this.#leftBytes -= next - at;
      this.#isInFrame = !isWhole;
      this.#receiver.onData(this.#streamId, chunk.subarray(at, next), this.#flags, isWhole);
      return next;
    }
    if (this.#partial === undefined && isWhole) {
      const next = at + this.#leftBytes;
      this.#isInFrame = false;
      this.#receiver.onFrame(this.#type, this.#flags, this.#streamId, chunk.subarray(at, next));
      return next;
    }
    const next = this.#gather(chunk, at, this.#leftBytes);
    const payload = this.#takeGathered(this.#leftBytes);
    if (payload !== undefined) {
      this.#isInFrame = false;
      this.#receiver.onFrame(this.#type, this.#flags, this.#streamId, payload);
    }
    return next;
  }

  #gather(chunk: Buffer, at: number, sizeBytes: number): number {
    this.#partial ??= Buffer.allocUnsafe(sizeBytes);
    const copied = chunk.copy(this.#partial, this.#partialFill, at, at + sizeBytes - this.#partialFill);
    this.#partialFill += copied;
    return at + copied;
  }

  #takeGathered(sizeBytes: number): Buffer | undefined {
    if (this.#partialFill < sizeBytes) return undefined;
    const gathered = this.#partial;
    this.#partial = undefined;
    this.#partialFill = 0;
    return gathered;
  }
}

const empty = Buffer.alloc(0);
