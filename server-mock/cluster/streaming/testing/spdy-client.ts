import { Duplex } from 'node:stream';
import { constants, createDeflate } from 'node:zlib';
import { headerDictionary } from '../spdy/dictionary.ts';
import { controlFrame, type Frame, frameTypes, readFrames } from '../spdy/frames.ts';
import { HeaderBlockReader } from '../spdy/header-block.ts';

/** Two ends of one connection within the process. */
export function connectedPair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const make = (other: () => Duplex | undefined) =>
    new Duplex({
      read() {},
      write(chunk, _encoding, callback) {
        other()?.push(chunk);
        callback();
      },
      final(callback) {
        other()?.push(null);
        callback();
      },
      destroy(error, callback) {
        const peer = other();
        if (peer && !peer.readableEnded) peer.push(null);
        callback(error);
      },
    });
  ends.push(
    make(() => ends[1]),
    make(() => ends[0]),
  );
  return ends as [Duplex, Duplex];
}

/** A header block as spdystream writes it: compressed with the dictionary, and flushed. */
export class HeaderCompressor {
  readonly #deflate = createDeflate({ dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH });
  readonly #chunks: Buffer[] = [];

  constructor() {
    this.#deflate.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
  }

  compress(block: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#deflate.write(block, () => resolve(Buffer.concat(this.#chunks.splice(0))));
    });
  }
}

export function headerBlock(headers: Record<string, string>): Buffer {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const pairs = Object.entries(headers);
  return Buffer.concat([
    number(pairs.length),
    ...pairs.flat().flatMap((text) => [number(Buffer.byteLength(text)), Buffer.from(text)]),
  ]);
}

export function synStream(streamId: number, compressed: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt32BE(streamId);
  return controlFrame(frameTypes.synStream, Buffer.concat([head, compressed]), flags);
}

/** Every frame that arrives until the connection ends, put into `frames` as it comes. */
export async function collectFrames(transport: Duplex, frames: Frame[] = []): Promise<Frame[]> {
  for await (const frame of readFrames(transport, new HeaderBlockReader())) frames.push(frame);
  return frames;
}
