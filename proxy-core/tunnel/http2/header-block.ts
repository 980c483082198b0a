import { errorCode, frameFlag, Http2Error, protocolError } from './frames.ts';

/** Of a block with its CONTINUATION frames; a refusal with its reason is a few hundred. */
const maxBlockBytes = 64 * 1024;
/** What a frame costs beside its bytes: an empty one counts too. */
const frameCostBytes = 64;

export interface HeaderBlock {
  streamId: number;
  /** Of its HEADERS frame. */
  flags: number;
  bytes: Buffer;
}

/** Puts header blocks together from HEADERS and CONTINUATION frames, between which nothing else may come (RFC 9113 section 6.10). */
export class HeaderBlockReader {
  #open: { streamId: number; flags: number; parts: Buffer[]; sizeBytes: number } | undefined;

  /** More is to come of a block. */
  get isInBlock(): boolean {
    return this.#open !== undefined;
  }

  /** @returns the block, where this is all of it */
  headers(flags: number, streamId: number, payload: Buffer): HeaderBlock | undefined {
    const unpadded = withoutPadding(payload, flags);
    const bytes = flags & frameFlag.priority ? unpadded.subarray(5) : unpadded;
    if (flags & frameFlag.endHeaders) return { streamId, flags, bytes };
    this.#open = { streamId, flags, parts: [Buffer.from(bytes)], sizeBytes: bytes.length };
    return undefined;
  }

  /** @returns the block, where this ends it */
  continuation(flags: number, streamId: number, payload: Buffer): HeaderBlock | undefined {
    const open = this.#open;
    if (open === undefined || open.streamId !== streamId) throw protocolError('a continuation of nothing');
    open.parts.push(Buffer.from(payload));
    open.sizeBytes += payload.length + frameCostBytes;
    if (open.sizeBytes > maxBlockBytes) throw new Http2Error(errorCode.enhanceYourCalm, 'too large a head');
    if ((flags & frameFlag.endHeaders) === 0) return undefined;
    this.#open = undefined;
    return { streamId, flags: open.flags, bytes: Buffer.concat(open.parts) };
  }
}

/** @throws {Http2Error} where the padding is longer than the frame */
export function withoutPadding(payload: Buffer, flags: number): Buffer {
  if ((flags & frameFlag.padded) === 0) return payload;
  const paddingBytes = payload[0] ?? payload.length;
  if (paddingBytes >= payload.length) throw protocolError('more padding than frame');
  return payload.subarray(1, payload.length - paddingBytes);
}
