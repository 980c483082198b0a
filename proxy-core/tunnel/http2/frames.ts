/*
 * The frames of HTTP/2 on the wire.
 *
 * @see RFC 9113 sections 4 and 6
 */

export const frameHeaderBytes = 9;

export const frameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  resetStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
} as const;

export const frameFlag = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** RFC 9113 section 6.5.2. */
export const setting = {
  headerTableSize: 0x1,
  enablePush: 0x2,
  maxConcurrentStreams: 0x3,
  initialWindowSize: 0x4,
  maxFrameSize: 0x5,
} as const;

/** RFC 9113 section 7. */
export const errorCode = {
  none: 0x0,
  protocol: 0x1,
  internal: 0x2,
  flowControl: 0x3,
  frameSize: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compression: 0x9,
  enhanceYourCalm: 0xb,
} as const;

/** What a connection assumes of its peer until the peer's SETTINGS say otherwise (RFC 9113 sections 6.5.2 and 6.9.2). */
export const initialWindowBytes = 65_535;
export const initialMaxFrameBytes = 16_384;
export const maxWindowBytes = 0x7fff_ffff;
export const maxStreamId = 0x7fff_ffff;

/** What a client says first (RFC 9113 section 3.4). */
export const clientPreface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** The peer broke the protocol; the connection ends with `code`. */
export class Http2Error extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'Http2Error';
    this.code = code;
  }
}

export function protocolError(message: string): Http2Error {
  return new Http2Error(errorCode.protocol, message);
}

export function frameSizeError(name: string): Http2Error {
  return new Http2Error(errorCode.frameSize, `${name} of a wrong size`);
}

/** Writes a frame's header into `target` at `offset`. */
export function writeFrameHeader(
  target: Buffer,
  offset: number,
  frame: { type: number; flags: number; streamId: number; sizeBytes: number },
): void {
  const { sizeBytes } = frame;
  target[offset] = sizeBytes >>> 16;
  target[offset + 1] = sizeBytes >>> 8;
  target[offset + 2] = sizeBytes;
  target[offset + 3] = frame.type;
  target[offset + 4] = frame.flags;
  target.writeUInt32BE(frame.streamId, offset + 5);
}

/** One whole frame other than DATA. */
export function frameOf(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(frameHeaderBytes + payload.length);
  writeFrameHeader(frame, 0, { type, flags, streamId, sizeBytes: payload.length });
  payload.copy(frame, frameHeaderBytes);
  return frame;
}

export function settingsFrame(settings: Readonly<Record<number, number>>): Buffer {
  const entries = Object.entries(settings);
  const payload = Buffer.allocUnsafe(entries.length * 6);
  for (const [index, [id, value]] of entries.entries()) {
    payload.writeUInt16BE(Number(id), index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  }
  return frameOf(frameType.settings, 0, 0, payload);
}

/** @throws {Http2Error} FRAME_SIZE_ERROR */
export function readSettings(payload: Buffer): [id: number, value: number][] {
  if (payload.length % 6 !== 0) throw frameSizeError('SETTINGS');
  const entries: [id: number, value: number][] = [];
  for (let at = 0; at < payload.length; at += 6) {
    entries.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
  }
  return entries;
}

export function windowUpdateFrame(streamId: number, byBytes: number): Buffer {
  return frameOf(frameType.windowUpdate, 0, streamId, uint32(byBytes));
}

export function resetStreamFrame(streamId: number, code: number): Buffer {
  return frameOf(frameType.resetStream, 0, streamId, uint32(code));
}

export function goawayFrame(lastStreamId: number, code: number, debugData: Buffer): Buffer {
  return frameOf(frameType.goaway, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code), debugData]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
