import { errorCode, Http2Error } from './frames.ts';
import { decodeHuffman } from './huffman.ts';

/*
 * HPACK without the dynamic table: this side announces a table of 0 bytes, so a peer may not use one, and never asks for
 * one itself. A tunnel's heads have two fields and come once per stream.
 *
 * @see RFC 7541
 */

/** RFC 7541 appendix A, from index 1 on: names and values in turn. */
const staticTable = [
  ...[':authority', '', ':method', 'GET', ':method', 'POST', ':path', '/', ':path', '/index.html'],
  ...[':scheme', 'http', ':scheme', 'https', ':status', '200', ':status', '204', ':status', '206'],
  ...[':status', '304', ':status', '400', ':status', '404', ':status', '500', 'accept-charset', ''],
  ...['accept-encoding', 'gzip, deflate', 'accept-language', '', 'accept-ranges', '', 'accept', ''],
  ...['access-control-allow-origin', '', 'age', '', 'allow', '', 'authorization', '', 'cache-control', ''],
  ...['content-disposition', '', 'content-encoding', '', 'content-language', '', 'content-length', ''],
  ...['content-location', '', 'content-range', '', 'content-type', '', 'cookie', '', 'date', '', 'etag', ''],
  ...['expect', '', 'expires', '', 'from', '', 'host', '', 'if-match', '', 'if-modified-since', ''],
  ...['if-none-match', '', 'if-range', '', 'if-unmodified-since', '', 'last-modified', '', 'link', ''],
  ...['location', '', 'max-forwards', '', 'proxy-authenticate', '', 'proxy-authorization', '', 'range', ''],
  ...['referer', '', 'refresh', '', 'retry-after', '', 'server', '', 'set-cookie', ''],
  ...['strict-transport-security', '', 'transfer-encoding', '', 'user-agent', '', 'vary', '', 'via', ''],
  ...['www-authenticate', ''],
];

/** Names in lower case, with their values. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** Every field as a literal that no table remembers, uncompressed (RFC 7541 section 6.2.2). */
export function encodeFields(fields: Fields): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [literal, encodeString(name), encodeString(value)]));
}

const literal = Buffer.from([0x00]);

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([encodeInteger(bytes.length, 7), bytes]);
}

/** RFC 7541 section 5.1, with nothing set in the bits above the prefix. */
function encodeInteger(value: number, prefixBits: number): Buffer {
  const max = 2 ** prefixBits - 1;
  if (value < max) return Buffer.from([value]);
  const bytes = [max];
  let rest = value - max;
  for (; rest >= 0x80; rest = Math.trunc(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** @throws {Http2Error} COMPRESSION_ERROR where the block is not readable, or needs a dynamic table */
export function decodeFields(block: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  const reader = new BlockReader(block);
  while (!reader.isAtEnd) {
    const [name, value] = readField(reader);
    if (name !== undefined) fields.set(name, value);
  }
  return fields;
}

function readField(reader: BlockReader): [name: string | undefined, value: string] {
  const first = reader.peek();
  if (first & 0x80) {
    const [name, value] = staticEntry(reader.integer(7));
    return [name, value];
  }
  if ((first & 0xe0) === 0x20) {
    if (reader.integer(5) !== 0) throw invalid('asks for a dynamic table');
    return [undefined, ''];
  }
  // With indexing, without it, never: all the same where no table is kept.
  const index = reader.integer(first & 0x40 ? 6 : 4);
  const name = index === 0 ? reader.string() : staticEntry(index)[0];
  return [name, reader.string()];
}

function staticEntry(index: number): [name: string, value: string] {
  const name = staticTable[(index - 1) * 2];
  const value = staticTable[(index - 1) * 2 + 1];
  if (name === undefined || value === undefined) throw invalid(`names entry ${index} of a table`);
  return [name, value];
}

class BlockReader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#block.length;
  }

  peek(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw invalid('ends too early');
    return byte;
  }

  integer(prefixBits: number): number {
    const max = 2 ** prefixBits - 1;
    let value = this.#next() & max;
    if (value < max) return value;
    for (let shift = 0; ; shift += 7) {
      // Far more than any block here is long.
      if (shift > 21) throw invalid('has too large a number');
      const byte = this.#next();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
  }

  string(): string {
    const isHuffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const bytes = this.#block.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw invalid('ends too early');
    this.#at += length;
    return isHuffman ? decodeHuffman(bytes) : bytes.toString('latin1');
  }

  #next(): number {
    const byte = this.peek();
    this.#at += 1;
    return byte;
  }
}

function invalid(what: string): Http2Error {
  return new Http2Error(errorCode.compression, `a header block ${what}`);
}
