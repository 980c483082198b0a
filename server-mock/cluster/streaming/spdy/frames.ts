import { StreamingError } from '../errors.ts';
import type { HeaderBlockReader, SpdyHeaders } from './header-block.ts';

/** What a connection reads. A DATA frame may arrive in several pieces; only the last has `fin`. */
export type Frame =
  | { kind: 'syn-stream'; streamId: number; fin: boolean; unidirectional: boolean; headers: SpdyHeaders }
  | { kind: 'syn-reply'; streamId: number; fin: boolean; headers: SpdyHeaders }
  | { kind: 'headers'; streamId: number; fin: boolean; headers: SpdyHeaders }
  | { kind: 'rst-stream'; streamId: number; status: number }
  | { kind: 'settings' }
  | { kind: 'ping'; id: number }
  | { kind: 'goaway'; lastStreamId: number; status: number }
  | { kind: 'window-update'; streamId: number; delta: number }
  | { kind: 'data'; streamId: number; fin: boolean; payload: Buffer };

/** Control frame types, SPDY Protocol, Draft 3, section 2.6. */
export const frameTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const rstStatus = { protocolError: 1, refusedStream: 3, cancel: 5, internalError: 6 } as const;
export const goawayStatus = { ok: 0, protocolError: 1, internalError: 2 } as const;

/** The largest control frame accepted. DATA needs no bound: it is passed on as it arrives. */
export const largestControlFrame = 65_536;
const spdyVersion = 3;
const finFlag = 0x01;
const unidirectionalFlag = 0x02;
const headLength = 8;

/**
 * Reads frames off a byte stream until it ends.
 *
 * @throws {StreamingError} at the first byte that breaks the protocol, or where the stream ends within a frame
 * @see SPDY Protocol, Draft 3, section 2.2 (3.1 adds flow control only)
 */
export async function* readFrames(
  source: AsyncIterable<Buffer>,
  headerBlocks: HeaderBlockReader,
): AsyncGenerator<Frame, void, undefined> {
  let pending: Buffer = Buffer.alloc(0);
  let data: { streamId: number; fin: boolean; left: number } | undefined;
  for await (const chunk of source) {
    let buffer: Buffer = pending.length > 0 ? Buffer.concat([pending, chunk]) : chunk;
    for (;;) {
      if (data) {
        const payload = buffer.subarray(0, data.left);
        buffer = buffer.subarray(payload.length);
        data.left -= payload.length;
        const { streamId, fin, left } = data;
        if (left === 0) data = undefined;
        if (payload.length > 0 || left === 0) yield { kind: 'data', streamId, fin: fin && left === 0, payload };
        if (left > 0) break;
      } else {
        if (buffer.length < headLength) break;
        const flags = buffer.readUInt8(4);
        const length = buffer.readUIntBE(5, 3);
        if ((buffer.readUInt8(0) & 0x80) === 0) {
          const streamId = buffer.readUInt32BE(0);
          if (streamId === 0) throw new StreamingError('a DATA frame names stream 0');
          data = { streamId, fin: (flags & finFlag) !== 0, left: length };
          buffer = buffer.subarray(headLength);
          continue;
        }
        const version = buffer.readUInt16BE(0) & 0x7fff;
        if (version !== spdyVersion) throw new StreamingError(`a frame of SPDY version ${version}`);
        if (length > largestControlFrame) throw new StreamingError(`a control frame of ${length} bytes`);
        if (buffer.length < headLength + length) break;
        const body = buffer.subarray(headLength, headLength + length);
        const frame = await parseControl(buffer.readUInt16BE(2), flags, body, headerBlocks);
        buffer = buffer.subarray(headLength + length);
        if (frame) yield frame;
      }
    }
    pending = buffer;
  }
  if (pending.length > 0 || data) throw new StreamingError('the connection ended within a frame');
}

/** Undefined for a type that the specification does not know: such frames are passed over (section 2.2.1). */
async function parseControl(
  type: number,
  flags: number,
  body: Buffer,
  headerBlocks: HeaderBlockReader,
): Promise<Frame | undefined> {
  const at = (offset: number) => {
    if (offset + 4 > body.length) throw new StreamingError(`a control frame of type ${type} is cut short`);
    return body.readUInt32BE(offset) & 0x7fffffff;
  };
  const fin = (flags & finFlag) !== 0;
  switch (type) {
    case frameTypes.synStream: {
      const streamId = at(0);
      if (body.length < 10) throw new StreamingError('a SYN_STREAM is cut short');
      const headers = await headerBlocks.read(body.subarray(10));
      return { kind: 'syn-stream', streamId, fin, unidirectional: (flags & unidirectionalFlag) !== 0, headers };
    }
    case frameTypes.synReply:
      return { kind: 'syn-reply', streamId: at(0), fin, headers: await headerBlocks.read(body.subarray(4)) };
    case frameTypes.headers:
      return { kind: 'headers', streamId: at(0), fin, headers: await headerBlocks.read(body.subarray(4)) };
    case frameTypes.rstStream:
      return { kind: 'rst-stream', streamId: at(0), status: at(4) };
    case frameTypes.settings:
      if (at(0) * 8 + 4 !== body.length) throw new StreamingError('a SETTINGS frame counts wrongly');
      return { kind: 'settings' };
    case frameTypes.ping:
      at(0);
      return { kind: 'ping', id: body.readUInt32BE(0) };
    case frameTypes.goaway:
      return { kind: 'goaway', lastStreamId: at(0), status: at(4) };
    case frameTypes.windowUpdate:
      return { kind: 'window-update', streamId: at(0), delta: at(4) };
    default:
      return undefined;
  }
}

export function controlFrame(type: number, body: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt16BE(0x8000 | spdyVersion, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt8(flags, 4);
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
}

/** A control frame whose body is 32-bit numbers. */
export function numbersFrame(type: number, ...numbers: number[]): Buffer {
  const body = Buffer.alloc(numbers.length * 4);
  for (const [index, value] of numbers.entries()) body.writeUInt32BE(value, index * 4);
  return controlFrame(type, body);
}

export function dataFrame(streamId: number, payload: Uint8Array, options: { fin: boolean }): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt8(options.fin ? finFlag : 0, 4);
  head.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([head, payload]);
}
