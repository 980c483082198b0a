import { type Framing, isTokenCharacter } from './head.ts';
import { MessageError } from './message-error.ts';

/** Extensions and trailers that nobody needs must not become an endless head of their own. */
const maxExtensionBytes = 4096;
/** Line breaks included. A Go server fails at a request whose trailers go beyond its buffer of 4 KiB. */
const maxTrailerBytes = 4000;
/** Eight hexadecimal digits: 4 GiB, far above any chunk. */
const maxSizeDigits = 8;

const CR = 0x0d;
const LF = 0x0a;

type State =
  | 'size'
  | 'extension'
  | 'size-end'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'line-start'
  | 'name'
  | 'line'
  | 'line-end'
  | 'last-lf'
  | 'complete';

/**
 * Finds the end of a body in a stream of bytes without taking it apart, so that a hop hands on chunks as they came, and
 * checks their framing on the way: what passes here is read by every other reader in the same way.
 *
 * @see RFC 9112 section 7.1
 */
export class BodyScanner {
  readonly #isChunked: boolean;
  /** Of the body, or of the present chunk. */
  #remaining: number;
  #state: State;
  #digits = 0;
  #extraBytes = 0;
  #payloadBytes = 0;
  #lastByte = LF;
  #boundary = 0;

  constructor(framing: Framing) {
    this.#isChunked = framing.kind === 'chunked';
    this.#remaining =
      framing.kind === 'length' ? framing.sizeBytes : framing.kind === 'until-close' ? Number.POSITIVE_INFINITY : 0;
    this.#state = this.#isChunked ? 'size' : this.#remaining > 0 ? 'data' : 'complete';
  }

  get isComplete(): boolean {
    return this.#state === 'complete';
  }

  /** A body without an end of its own. */
  get endsWithConnection(): boolean {
    return this.#remaining === Number.POSITIVE_INFINITY;
  }

  /** Without the framing. */
  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** Whether the payload so far is whole lines. */
  get endsLine(): boolean {
    return this.#lastByte === LF;
  }

  /** True where nothing of a chunk is outstanding, so that a last chunk could be put here. */
  get isBetweenChunks(): boolean {
    return this.#isChunked && this.#state === 'size' && this.#digits === 0;
  }

  /** How many bytes of the last scan belong to chunks that are whole now; 0 where none ended in it. */
  get wholeChunkBytes(): number {
    return this.#boundary;
  }

  /**
   * @returns how many of the bytes, from the first on, belong to the body
   * @throws {MessageError} where the chunks are not readable
   */
  scan(bytes: Buffer): number {
    this.#boundary = 0;
    if (this.#state === 'complete') return 0;
    return this.#isChunked ? this.#scanChunks(bytes) : this.#scanPlain(bytes);
  }

  #scanPlain(bytes: Buffer): number {
    const taken = Math.min(bytes.length, this.#remaining);
    this.#remaining -= taken;
    this.#payloadBytes += taken;
    if (taken > 0) this.#lastByte = bytes[taken - 1] as number;
    if (this.#remaining === 0) this.#state = 'complete';
    return taken;
  }

  #scanChunks(bytes: Buffer): number {
    let index = 0;
    while (index < bytes.length) {
      if (this.#state === 'data') {
        const taken = Math.min(bytes.length - index, this.#remaining);
        this.#remaining -= taken;
        this.#payloadBytes += taken;
        index += taken;
        this.#lastByte = bytes[index - 1] as number;
        if (this.#remaining === 0) this.#state = 'data-cr';
        continue;
      }
      this.#step(bytes[index] as number);
      index += 1;
      if (this.#state === 'complete') return index;
      if (this.#state === 'size' && this.#digits === 0) this.#boundary = index;
    }
    return index;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#size(byte);
        return;
      case 'extension':
        if (byte === CR) this.#state = 'size-end';
        else this.#extra(byte, maxExtensionBytes);
        return;
      case 'size-end':
        expect(byte, LF);
        this.#digits = 0;
        this.#extraBytes = 0;
        this.#state = this.#remaining === 0 ? 'line-start' : 'data';
        return;
      case 'data-cr':
        expect(byte, CR);
        this.#state = 'data-lf';
        return;
      case 'data-lf':
        expect(byte, LF);
        this.#state = 'size';
        return;
      // The trailer section: lines until an empty one.
      case 'line-start':
        if (byte === CR) this.#state = 'last-lf';
        else {
          if (!isTokenCharacter(byte)) throw unreadable();
          this.#extra(byte, maxTrailerBytes);
          this.#state = 'name';
        }
        return;
      case 'name':
        if (byte === 0x3a) this.#state = 'line';
        else if (!isTokenCharacter(byte)) throw unreadable();
        this.#extra(byte, maxTrailerBytes);
        return;
      case 'line':
        if (byte === CR) this.#state = 'line-end';
        else this.#extra(byte, maxTrailerBytes);
        return;
      case 'line-end':
        expect(byte, LF);
        this.#extraBytes += 2;
        this.#state = 'line-start';
        return;
      case 'last-lf':
        expect(byte, LF);
        this.#state = 'complete';
        return;
      case 'data':
      case 'complete':
        return;
      default:
        this.#state satisfies never;
    }
  }

  #size(byte: number): void {
    const value = hexadecimal(byte);
    if (value >= 0) {
      if (this.#digits === 0) this.#remaining = 0;
      this.#digits += 1;
      if (this.#digits > maxSizeDigits) throw unreadable();
      this.#remaining = this.#remaining * 16 + value;
      return;
    }
    if (this.#digits === 0) throw unreadable();
    if (byte === CR) this.#state = 'size-end';
    else if (byte === 0x3b) this.#state = 'extension';
    else throw unreadable();
  }

  #extra(byte: number, maxBytes: number): void {
    this.#extraBytes += 1;
    if (this.#extraBytes > maxBytes || byte === 0x7f || (byte < 0x20 && byte !== 0x09)) throw unreadable();
  }
}

function expect(byte: number, wanted: number): void {
  if (byte !== wanted) throw unreadable();
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function unreadable(): MessageError {
  return new MessageError('the chunks of the body are not readable');
}
