import { once } from 'node:events';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { FrameReader } from './frame-reader.ts';
import { clientPreface, frameOf, frameType, settingsFrame } from './frames.ts';
import { Session, type SessionListener } from './session.ts';
import type { Http2Stream, StreamReceiver } from './stream.ts';

/** Both ends of a TCP connection on loopback, for tests. */
export async function socketPair(): Promise<{ near: net.Socket; far: net.Socket; close(): void }> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [net.Socket];
  for (const socket of [near, far]) socket.setNoDelay(true).on('error', () => {});
  return {
    near,
    far,
    close() {
      near.destroy();
      far.destroy();
      server.close();
    },
  };
}

/** What a session told, for tests to wait on. */
export class Watched implements SessionListener {
  readonly ready = Promise.withResolvers<void>();
  readonly closed = Promise.withResolvers<Error | undefined>();
  readonly goodbye = Promise.withResolvers<string>();
  readonly streams: { stream: Http2Stream; fields: ReadonlyMap<string, string> }[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #onStream: (stream: Http2Stream) => void;

  constructor(onStream: (stream: Http2Stream) => void = () => {}) {
    this.#onStream = onStream;
  }

  onReady(): void {
    this.ready.resolve();
  }

  onStream(stream: Http2Stream, fields: ReadonlyMap<string, string>): void {
    this.#onStream(stream);
    this.streams.push({ stream, fields });
    for (const proceed of this.#waiting.splice(0)) proceed();
  }

  onGoodbye(debugData: Buffer): void {
    this.goodbye.resolve(debugData.toString());
  }

  onClose(error: Error | undefined): void {
    this.closed.resolve(error);
  }

  async stream(index: number): Promise<{ stream: Http2Stream; fields: ReadonlyMap<string, string> }> {
    while (this.streams[index] === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.streams[index];
  }
}

/** Receives everything and sends it back; sends what does not fit when there is room. */
export function echo(stream: Http2Stream): StreamReceiver {
  let unsent: Buffer[] = [];
  let hasEnded = false;
  const send = () => {
    const [first] = unsent;
    if (first === undefined) {
      if (hasEnded) stream.end();
      return;
    }
    const sentTo = stream.send(first, 0);
    stream.consumed(sentTo);
    unsent = sentTo < first.length ? [first.subarray(sentTo), ...unsent.slice(1)] : unsent.slice(1);
    if (sentTo === first.length) send();
  };
  return {
    onBytes: (bytes) => {
      unsent.push(Buffer.from(bytes));
      if (unsent.length === 1) send();
    },
    onEnd: () => {
      hasEnded = true;
      if (unsent.length === 0) stream.end();
    },
    onReset: () => {},
    onRoom: send,
  };
}

export interface SeenFrame {
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
}

/** A peer that sends whatever a test wants, in front of a session of either role. */
export class RawPeer {
  readonly session: Session;
  readonly told: Watched;
  readonly frames: SeenFrame[] = [];
  readonly #socket: Duplex;

  constructor(pair: { near: net.Socket; far: net.Socket }, role: 'client' | 'server', told = new Watched()) {
    this.told = told;
    this.#socket = pair.near;
    const reader = new FrameReader(
      {
        onData: (streamId, bytes, flags) => {
          this.frames.push({ type: frameType.data, flags, streamId, payload: Buffer.from(bytes) });
        },
        onFrame: (type, flags, streamId, payload) => {
          this.frames.push({ type, flags, streamId, payload: Buffer.from(payload) });
        },
      },
      1 << 24,
    );
    let preface = role === 'client' ? clientPreface.length : 0;
    pair.near.on('data', (chunk: Buffer) => {
      const skipped = Math.min(preface, chunk.length);
      preface -= skipped;
      reader.read(chunk.subarray(skipped));
    });
    this.session = new Session(pair.far, role, told);
    if (role === 'server') pair.near.write(clientPreface);
  }

  /** The peer's SETTINGS, which come first. */
  greet(settings: Record<number, number> = {}): void {
    this.#socket.write(settingsFrame(settings));
  }

  send(type: number, flags: number, streamId: number, payload: Buffer | string = ''): void {
    this.#socket.write(this.frame(type, flags, streamId, payload));
  }

  frame(type: number, flags: number, streamId: number, payload: Buffer | string): Buffer {
    return frameOf(type, flags, streamId, Buffer.from(payload as string, 'latin1'));
  }

  /** Reads nothing from here on. */
  pause(): void {
    this.#socket.pause();
  }

  write(bytes: Buffer | string): void {
    this.#socket.write(bytes);
  }

  /** The first frame of a type, once it has come. */
  async seen(type: number, isIt: (frame: SeenFrame) => boolean = () => true): Promise<SeenFrame> {
    for (;;) {
      const found = this.frames.find((frame) => frame.type === type && isIt(frame));
      if (found !== undefined) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
