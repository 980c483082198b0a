import { constants, createInflate, type Inflate } from 'node:zlib';
import { StreamingError } from '../errors.ts';
import { headerDictionary } from './dictionary.ts';

/** The name/value pairs of a SYN_STREAM, SYN_REPLY or HEADERS frame; names are lower case. */
export type SpdyHeaders = ReadonlyMap<string, string>;

/** The largest header block accepted once inflated; kubectl's are some hundred bytes. */
export const largestHeaderBlock = 65_536;
const mostHeaders = 128;

/**
 * Inflates header blocks. The blocks of a connection are one zlib stream, each flushed, so they must pass through one
 * reader in order, also those that nobody wants.
 *
 * @see SPDY Protocol, Draft 3, section 2.6.10
 */
export class HeaderBlockReader {
  readonly #inflate: Inflate;
  #blocks: Buffer[] = [];
  #size = 0;

  constructor() {
    this.#inflate = createInflate({ dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH });
    this.#inflate.on('error', () => {}); // told to the reader of the block, below
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#blocks.push(chunk);
      this.#size += chunk.length;
      if (this.#size > largestHeaderBlock) this.#inflate.destroy(new StreamingError('a header block is too large'));
    });
  }

  /** @throws {StreamingError} where the bytes are not a header block; the connection cannot go on then */
  async read(compressed: Buffer): Promise<SpdyHeaders> {
    this.#blocks = [];
    this.#size = 0;
    await this.#pass(compressed);
    return parseHeaders(Buffer.concat(this.#blocks));
  }

  close(): void {
    this.#inflate.destroy();
  }

  #pass(compressed: Buffer): Promise<void> {
    const inflate = this.#inflate;
    return new Promise((resolve, reject) => {
      const settle = (error?: Error | null) => {
        inflate.off('close', closed).off('end', closed);
        // A destroyed zlib stream calls back as if all were well.
        const failure = error ?? inflate.errored;
        if (failure || inflate.destroyed) {
          reject(new StreamingError('a header block cannot be inflated', { cause: failure }));
        } else {
          resolve();
        }
      };
      // zlib never calls back for what follows the end of its stream.
      const closed = () => settle(inflate.errored ?? new Error('the zlib stream has ended'));
      inflate.once('close', closed).once('end', closed);
      inflate.write(compressed, settle);
    });
  }
}

function parseHeaders(block: Buffer): SpdyHeaders {
  let offset = 0;
  const number = () => {
    if (offset + 4 > block.length) throw new StreamingError('a header block is cut short');
    offset += 4;
    return block.readUInt32BE(offset - 4);
  };
  const text = () => {
    const length = number();
    if (length > block.length - offset) throw new StreamingError('a header block is cut short');
    offset += length;
    return block.toString('utf8', offset - length, offset);
  };
  const count = number();
  if (count > mostHeaders) throw new StreamingError(`a header block has ${count} headers`);
  const headers = new Map<string, string>();
  for (let index = 0; index < count; index++) {
    const name = text().toLowerCase();
    if (name === '' || headers.has(name)) throw new StreamingError('a header is empty or stands twice');
    headers.set(name, text());
  }
  return headers;
}

/**
 * Writes header blocks as zlib's stored blocks. An answer has hardly a header, so nothing is gained by compressing,
 * and stored blocks need no state, no dictionary and no waiting.
 *
 * @see RFC 1950 section 2.2, RFC 1951 section 3.2.4
 */
export class HeaderBlockWriter {
  #started = false;

  write(headers: SpdyHeaders): Buffer {
    const parts: Buffer[] = [uint32(headers.size)];
    for (const [name, value] of headers) {
      for (const text of [name.toLowerCase(), value]) {
        const bytes = Buffer.from(text, 'utf8');
        parts.push(uint32(bytes.length), bytes);
      }
    }
    const block = Buffer.concat(parts);
    if (block.length > 0xffff) throw new StreamingError('a header block is too large to send');
    const zlibHeader = this.#started ? [] : [Buffer.from([0x78, 0x01])];
    this.#started = true;
    // The empty block is what a flush writes, and what makes Go's reader hand on the one before without reading more.
    return Buffer.concat([...zlibHeader, storedBlockHead(block.length), block, storedBlockHead(0)]);
  }
}

function storedBlockHead(length: number): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(length, 1);
  head.writeUInt16LE(~length & 0xffff, 3);
  return head;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
