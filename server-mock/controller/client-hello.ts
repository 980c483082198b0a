import type { Socket } from 'node:net';

const handshakeRecord = 22;
const clientHelloMessage = 1;
const alpnExtension = 16;
/** Far above any real one, post-quantum key shares included. */
const maxBytes = 32 * 1024;

/**
 * Reads the protocols that a TLS client offers, before TLS begins, and puts the bytes back. OpenSSL chooses the
 * certificate before it looks at ALPN, so a listener with one certificate for browsers and another for tunnels has to
 * look first.
 *
 * @returns an empty list for a client that offers none or does not speak TLS (the handshake then says so)
 * @see RFC 8446 section 4.1.2 (ClientHello), RFC 7301 section 3.1 (ALPN)
 */
export function offeredProtocols(socket: Socket, timeoutMs: number): Promise<string[]> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    const finish = (protocols: string[]) => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', onClose).off('error', onClose);
      socket.pause();
      if (size > 0) socket.unshift(Buffer.concat(parts));
      resolve(protocols);
    };
    const onClose = () => finish([]);
    const onData = (part: Buffer) => {
      parts.push(part);
      size += part.length;
      const read = readClientHello(Buffer.concat(parts));
      if (read !== 'incomplete') finish(read);
      else if (size > maxBytes) finish([]);
    };
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    socket.on('data', onData).on('close', onClose).on('error', onClose);
  });
}

/** @param bytes from the start of the connection */
export function readClientHello(bytes: Buffer): string[] | 'incomplete' {
  const message = handshakeBytes(bytes);
  if (message === 'incomplete' || message === undefined) return message ?? [];
  try {
    return alpnOf(message);
  } catch (error) {
    // Lengths that point outside: no ClientHello. The handshake refuses it properly.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

/** The first handshake message without its records; undefined where these are no handshake records. */
function handshakeBytes(bytes: Buffer): Buffer | 'incomplete' | undefined {
  let message: Buffer = Buffer.alloc(0);
  for (let at = 0; ; ) {
    if (bytes.length > at && bytes[at] !== handshakeRecord) return undefined;
    if (bytes.length < at + 5) return 'incomplete';
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    message = Buffer.concat([message, bytes.subarray(at + 5, end)]);
    if (message.length >= 1 && message[0] !== clientHelloMessage) return undefined;
    if (message.length >= 4 && message.length >= 4 + message.readUIntBE(1, 3)) {
      return message.subarray(4, 4 + message.readUIntBE(1, 3));
    }
    if (bytes.length < end) return 'incomplete';
    at = end;
  }
}

/** @throws {RangeError} where a length points outside */
function alpnOf(hello: Buffer): string[] {
  // legacy_version and random, then three fields that tell their length.
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const end = at + 2 + hello.readUInt16BE(at);
  for (at += 2; at + 4 <= end; ) {
    const type = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    if (type === alpnExtension) return protocolNames(hello.subarray(at + 4 + 2, at + 4 + length));
    at += 4 + length;
  }
  return [];
}

function protocolNames(list: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; at < list.length; ) {
    const length = list.readUInt8(at);
    names.push(list.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return names;
}
