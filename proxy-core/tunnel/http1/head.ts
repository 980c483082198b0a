import type { HeaderList } from './header-list.ts';
import { MessageError } from './message-error.ts';

/*
 * Heads of HTTP/1.1 messages, read strictly: whatever two readers could take in two ways (a bare line feed, a folded
 * line, a space before the colon, two lengths) is refused, as RFC 9112 allows everywhere and asks for in places. All hops
 * read and write through these functions, so none can see another message than its neighbour did.
 */

/** How the body of a message ends (RFC 9112 section 6.3). */
export type Framing =
  | { kind: 'none' }
  | { kind: 'length'; sizeBytes: number }
  | { kind: 'chunked' }
  /** Only a response: its body ends with the connection. */
  | { kind: 'until-close' };

interface MessageHead {
  /** In the order of their coming, hop-by-hop ones included. */
  headers: HeaderList;
  framing: Framing;
  /** False where the connection ends with this message. */
  isPersistent: boolean;
}

export interface RequestHead extends MessageHead {
  method: string;
  /** The request target, percent-encoding untouched. */
  target: string;
  /** The protocol of an upgrade request; what follows its head belongs to that protocol (RFC 9110 section 7.8). */
  upgrade: string | undefined;
  /** The client waits for a `100 Continue` before it sends the body. */
  expectsContinue: boolean;
}

export interface ResponseHead extends MessageHead {
  status: number;
  statusMessage: string;
  upgrade: string | undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out
const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\x00-\x20\x7f]+) HTTP\/1\.([01])$/;
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;
/** In a whole head: a control character, or a CR or LF that is not part of a CRLF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const contentLength = /^\d{1,15}$/;
/** What may not stand in a header's value that is sent: it would end the line, or not survive latin1. */
const unsendable = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * @param text a head in latin1, without the empty line that ends it
 * @throws {MessageError}
 * @see RFC 9112 sections 3, 5 and 6
 */
export function parseRequestHead(text: string): RequestHead {
  const lines = linesOf(text);
  const [, method, target, minor] = requestLine.exec(lines[0] ?? '') ?? [];
  if (method === undefined || target === undefined) {
    throw /HTTP\/(?!1\.)\d/.test(lines[0] ?? '')
      ? new MessageError('the request is not HTTP/1.1', 505)
      : new MessageError('the request line is not readable');
  }
  // Its clients know no chunks, and would have to be told of the end of a body by the end of the connection.
  if (minor === '0') throw new MessageError('the request is HTTP/1.0, and HTTP/1.1 is needed', 505);
  const fields = readFields(lines);
  const upgrade = fields.mayUpgrade ? fields.upgrade : undefined;
  return {
    method,
    target,
    headers: fields.headers,
    framing:
      upgrade === undefined && fields.isChunked
        ? chunked
        : upgrade === undefined && fields.lengthBytes !== undefined && fields.lengthBytes > 0
          ? { kind: 'length', sizeBytes: fields.lengthBytes }
          : none,
    // What follows a CONNECT would be a tunnel's bytes (RFC 9110 section 9.3.6).
    isPersistent: upgrade === undefined && method !== 'CONNECT' && !fields.isLast,
    upgrade,
    expectsContinue: fields.expectsContinue,
  };
}

/**
 * @param text a head in latin1, without the empty line that ends it
 * @param method of the request that it answers
 * @throws {MessageError}
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  const lines = linesOf(text);
  const [, minor, digits, reason = ''] = statusLine.exec(lines[0] ?? '') ?? [];
  if (digits === undefined) throw new MessageError('the status line is not readable');
  const status = Number(digits);
  const fields = readFields(lines);
  const framing = responseFraming(status, method, fields);
  return {
    status,
    statusMessage: reason,
    headers: fields.headers,
    framing,
    isPersistent: minor === '1' && !fields.isLast && framing.kind !== 'until-close',
    upgrade: fields.upgrade,
  };
}

/** RFC 9112 section 6.3, items 1 to 8. */
function responseFraming(status: number, method: string, { isChunked, lengthBytes }: Fields): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return none;
  if (isChunked) return chunked;
  if (lengthBytes === undefined) return untilClose;
  return lengthBytes === 0 ? none : { kind: 'length', sizeBytes: lengthBytes };
}

/**
 * @param headers names and values in turn
 * @throws {TypeError} where a value could end its line or is not latin1
 */
export function writeHead(startLine: string, headers: readonly string[]): string {
  let text = `${startLine}\r\n`;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const value = headers[index + 1] as string;
    if (unsendable.test(value)) throw new TypeError(`the value of header ${headers[index]} cannot be sent`);
    text += `${headers[index]}: ${value}\r\n`;
  }
  return text;
}

/** A head and what comes with it, as one write: one frame, one TLS record, one system call. */
export function joined(head: string, bytes: Buffer | undefined): Buffer {
  const bodyBytes = bytes?.length ?? 0;
  const headBytes = head.length + 2;
  const whole = Buffer.allocUnsafe(headBytes + bodyBytes);
  whole.write(head, 0, 'latin1');
  whole.write('\r\n', head.length, 'latin1');
  bytes?.copy(whole, headBytes);
  return whole;
}

const none: Framing = { kind: 'none' };
const chunked: Framing = { kind: 'chunked' };
const untilClose: Framing = { kind: 'until-close' };

function linesOf(text: string): string[] {
  if (forbidden.test(text)) throw new MessageError('the head holds a control character or a bare line break');
  return text.split('\r\n');
}

interface Fields {
  headers: HeaderList;
  isChunked: boolean;
  lengthBytes: number | undefined;
  /** `Connection` names `close`, or `upgrade`. */
  isLast: boolean;
  mayUpgrade: boolean;
  upgrade: string | undefined;
  expectsContinue: boolean;
}

function readFields(lines: readonly string[]): Fields {
  const headers: HeaderList = [];
  let isChunked = false;
  let lengthBytes: number | undefined;
  let isLast = false;
  let mayUpgrade = false;
  let upgrade: string | undefined;
  let expectsContinue = false;
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] as string;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon < 1 || !isToken(name)) throw new MessageError('a header line is not readable');
    const value = trimmed(line, colon + 1);
    headers.push(name, value);
    switch (name) {
      case 'content-length':
        if (lengthBytes !== undefined || !contentLength.test(value)) {
          throw new MessageError('the Content-Length is given twice or is no number');
        }
        lengthBytes = Number(value);
        break;
      case 'transfer-encoding':
        if (isChunked || value.toLowerCase() !== 'chunked') {
          throw new MessageError('the Transfer-Encoding is not "chunked"');
        }
        isChunked = true;
        break;
      case 'connection':
        for (const option of value.toLowerCase().split(',')) {
          const named = option.trim();
          if (named === 'close') isLast = true;
          else if (named === 'upgrade') mayUpgrade = true;
        }
        break;
      case 'upgrade':
        upgrade = value;
        break;
      case 'expect':
        expectsContinue = value.toLowerCase() === '100-continue';
        break;
    }
  }
  if (isChunked && lengthBytes !== undefined) {
    throw new MessageError('the message has both a Content-Length and a Transfer-Encoding');
  }
  return { headers, isChunked, lengthBytes, isLast, mayUpgrade, upgrade, expectsContinue };
}

/** RFC 9110 section 5.6.2, of which names consist. */
const tokenCharacters = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  tokenCharacters[character.charCodeAt(0)] = 1;

export function isTokenCharacter(code: number): boolean {
  return tokenCharacters[code] === 1;
}

/** By a table: this is asked of every header in every hop, and a regular expression takes five times as long. */
function isToken(name: string): boolean {
  for (let index = 0; index < name.length; index += 1) if (tokenCharacters[name.charCodeAt(index)] !== 1) return false;
  return true;
}

/** Without spaces and tabs at both ends (RFC 9112 section 5.1). */
function trimmed(line: string, start: number): string {
  let from = start;
  let to = line.length;
  while (from < to && isBlank(line.charCodeAt(from))) from += 1;
  while (to > from && isBlank(line.charCodeAt(to - 1))) to -= 1;
  return line.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
