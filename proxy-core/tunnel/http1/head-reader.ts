import { MessageError } from './message-error.ts';

const endOfHead = '\r\n\r\n';
const firstCapacityBytes = 4096;

/**
 * Collects the bytes of one head. Most heads arrive in one piece and are never copied; one that trickles in costs no more
 * than twice its size.
 */
export class HeadReader {
  readonly #maxBytes: number;
  /** What came so far of a head that is not whole yet. */
  #partial: Buffer | undefined;
  #partialBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True in the middle of a head. */
  get hasBegun(): boolean {
    return this.#partialBytes > 0;
  }

  /**
   * @returns the head without its empty line, in latin1, and the bytes behind it; undefined while it is not whole
   * @throws {MessageError} 431 where it is larger than allowed
   */
  read(chunk: Buffer): { text: string; rest: Buffer } | undefined {
    if (this.#partialBytes > 0) return this.#readOn(chunk);
    const start = leadingBreaks(chunk);
    const end = chunk.indexOf(endOfHead, start, 'latin1');
    if (end < 0) {
      if (start < chunk.length) this.#keep(chunk.subarray(start));
      return undefined;
    }
    if (end - start > this.#maxBytes) throw this.#tooLarge();
    return { text: chunk.toString('latin1', start, end), rest: chunk.subarray(end + endOfHead.length) };
  }

  #readOn(chunk: Buffer): { text: string; rest: Buffer } | undefined {
    const searchFrom = Math.max(0, this.#partialBytes - endOfHead.length + 1);
    const before = this.#partialBytes;
    this.#keep(chunk);
    const partial = (this.#partial as Buffer).subarray(0, this.#partialBytes);
    const end = partial.indexOf(endOfHead, searchFrom, 'latin1');
    if (end < 0) return undefined;
    if (end > this.#maxBytes) throw this.#tooLarge();
    this.#partial = undefined;
    this.#partialBytes = 0;
    return { text: partial.toString('latin1', 0, end), rest: chunk.subarray(end + endOfHead.length - before) };
  }

  #keep(chunk: Buffer): void {
    const needed = this.#partialBytes + chunk.length;
    // What makes the head whole may have a body behind it, so that is measured by the reader.
    if (needed > this.#maxBytes && !chunk.includes(endOfHead, 0, 'latin1')) throw this.#tooLarge();
    if (this.#partial === undefined || this.#partial.length < needed) {
      const grown = Buffer.allocUnsafeSlow(Math.max(firstCapacityBytes, needed * 2));
      this.#partial?.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    chunk.copy(this.#partial, this.#partialBytes);
    this.#partialBytes = needed;
  }

  #tooLarge(): MessageError {
    return new MessageError(`the head is larger than ${this.#maxBytes} bytes`, 431);
  }
}

/** A client may send an empty line in front of a request (RFC 9112 section 2.2). */
function leadingBreaks(chunk: Buffer): number {
  let start = 0;
  while (chunk[start] === 0x0d && chunk[start + 1] === 0x0a) start += 2;
  return start;
}
