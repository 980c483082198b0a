import { Duplex } from 'node:stream';
import { StreamingError } from '../errors.ts';
import {
  controlFrame,
  dataFrame,
  type Frame,
  frameTypes,
  goawayStatus,
  numbersFrame,
  readFrames,
  rstStatus,
} from './frames.ts';
import { HeaderBlockReader, HeaderBlockWriter, type SpdyHeaders } from './header-block.ts';

/** kubectl port-forward opens two streams for each forwarded connection. */
const mostStreams = 512;
/** What one stream holds before the whole connection waits for its reader. */
const streamBufferBytes = 262_144;
/** spdystream allocates a whole frame before it reads one. */
const largestDataFrame = 65_536;

/**
 * The server's end of a SPDY/3.1 connection, as Kubernetes uses it: the client opens every stream.
 *
 * There is no flow control by window: moby/spdystream, which kubectl is built on, neither sends nor heeds
 * WINDOW_UPDATE. So back-pressure is the transport's: a stream whose reader stalls stops the connection once its
 * buffer is full, and a client that does not read stops the writers.
 *
 * A peer that breaks the protocol is answered with GOAWAY and cut off; nothing is ever thrown at the caller.
 *
 * @see SPDY Protocol, Draft 3.1; github.com/moby/spdystream connection.go
 */
export class SpdyConnection {
  readonly closed: Promise<void>;
  readonly #transport: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #headerReader = new HeaderBlockReader();
  readonly #headerWriter = new HeaderBlockWriter();
  readonly #waitingForRoom = new Set<() => void>();
  #lastStreamId = 0;
  #goneAway = false;

  /** @param onStream receives each stream that the client opens; must not throw */
  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
    transport.on('error', () => {}); // ends the read loop below
    transport.on('drain', () => this.#wakeSenders());
    transport.once('close', () => {
      this.#wakeSenders();
      this.#dropStreams();
    });
    this.closed = this.#serve();
  }

  /** Tells the client that nothing more comes and closes the transport once all that was written is on its way. */
  close(): void {
    if (this.#transport.destroyed) return;
    this.#sayGoAway(goawayStatus.ok);
    this.#transport.end();
  }

  destroy(): void {
    this.#transport.destroy();
  }

  /** For {@link SpdyStream}: sends one DATA frame and waits while the transport is full. */
  async sendData(streamId: number, payload: Uint8Array, options: { fin: boolean }): Promise<void> {
    let offset = 0;
    do {
      const piece = payload.subarray(offset, offset + largestDataFrame);
      offset += piece.length;
      await this.#send(dataFrame(streamId, piece, { fin: options.fin && offset >= payload.length }));
    } while (offset < payload.length);
  }

  /** For {@link SpdyStream}: the stream is over, on this side by a RST_STREAM where it had not ended. */
  forget(streamId: number, reset: number | undefined): void {
    if (!this.#streams.delete(streamId) || reset === undefined || this.#transport.destroyed) return;
    void this.#send(numbersFrame(frameTypes.rstStream, streamId, reset));
  }

  async #serve(): Promise<void> {
    const transport = this.#transport;
    try {
      const source = transport.iterator({ destroyOnReturn: false });
      for await (const frame of readFrames(source, this.#headerReader)) await this.#receive(frame);
      // Nothing more is heard from the client, but what it was told may still be on its way.
      if (!transport.writableEnded) transport.end();
    } catch (error) {
      // A broken transport is how a client goes away; anything else deserves an answer, and ends the connection.
      const status = error instanceof StreamingError ? goawayStatus.protocolError : goawayStatus.internalError;
      this.#sayGoAway(status);
      transport.end(() => transport.destroy());
    }
    this.#headerReader.close();
    this.#dropStreams();
  }

  async #receive(frame: Frame): Promise<void> {
    switch (frame.kind) {
      case 'syn-stream':
        return this.#open(frame);
      case 'data':
        return this.#streams.get(frame.streamId)?.receive(frame.payload, frame.fin);
      case 'rst-stream':
        this.#streams.get(frame.streamId)?.wasReset();
        return;
      case 'ping':
        // An odd number is the client's question; an even one would answer a question of ours, and there are none.
        if (frame.id % 2 === 1) await this.#send(numbersFrame(frameTypes.ping, frame.id));
        return;
      case 'goaway':
        this.#goneAway = true;
        return;
      case 'headers':
        return this.#streams.get(frame.streamId)?.receive(Buffer.alloc(0), frame.fin);
      case 'settings':
      case 'window-update':
      case 'syn-reply':
        return;
      default:
        frame satisfies never;
    }
  }

  async #open(frame: Extract<Frame, { kind: 'syn-stream' }>): Promise<void> {
    const { streamId } = frame;
    if (streamId % 2 === 0 || streamId <= this.#lastStreamId) {
      throw new StreamingError(`the client opened stream ${streamId} after ${this.#lastStreamId}`);
    }
    this.#lastStreamId = streamId;
    if (this.#goneAway || this.#streams.size >= mostStreams) {
      return this.#send(numbersFrame(frameTypes.rstStream, streamId, rstStatus.refusedStream));
    }
    const stream = new SpdyStream(this, streamId, frame.headers);
    this.#streams.set(streamId, stream);
    const id = Buffer.alloc(4);
    id.writeUInt32BE(streamId);
    // First of all: spdystream drops the data of a stream that was not replied to.
    const replied = this.#send(
      controlFrame(frameTypes.synReply, Buffer.concat([id, this.#headerWriter.write(new Map())])),
    );
    this.#onStream(stream);
    if (frame.fin) await stream.receive(Buffer.alloc(0), true);
    await replied;
  }

  #sayGoAway(status: number): void {
    this.#goneAway = true;
    void this.#send(numbersFrame(frameTypes.goaway, this.#lastStreamId, status));
  }

  #dropStreams(): void {
    for (const stream of [...this.#streams.values()]) stream.wasReset();
  }

  /** Resolves when there is room for more, or none will ever be. */
  #send(frame: Buffer): Promise<void> {
    if (!this.#transport.writable || this.#transport.write(frame)) return Promise.resolve();
    return new Promise((resolve) => this.#waitingForRoom.add(resolve));
  }

  #wakeSenders(): void {
    for (const wake of this.#waitingForRoom) wake();
    this.#waitingForRoom.clear();
  }
}

/** One stream that the client opened. `end()` half-closes it, `destroy()` resets it. */
export class SpdyStream extends Duplex {
  readonly headers: SpdyHeaders;
  readonly id: number;
  readonly #connection: SpdyConnection;
  #roomAgain: (() => void) | undefined;
  #remoteEnded = false;
  #localEnded = false;
  #reset: number | undefined = rstStatus.cancel;

  constructor(connection: SpdyConnection, id: number, headers: SpdyHeaders) {
    super({ readableHighWaterMark: streamBufferBytes, writableHighWaterMark: largestDataFrame, decodeStrings: true });
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
    this.on('error', () => {}); // a broken stream shows as its end; whoever cares listens too
  }

  /** For the connection: bytes have come. Resolves when the stream has room for more. */
  async receive(payload: Buffer, fin: boolean): Promise<void> {
    if (this.destroyed || this.#remoteEnded) return;
    if (payload.length > 0 && !this.push(payload)) {
      await new Promise<void>((resolve) => {
        this.#roomAgain = resolve;
      });
    }
    if (!fin || this.destroyed) return;
    this.#remoteEnded = true;
    this.push(null);
  }

  /** For the connection: the client reset the stream, or the connection is gone. */
  wasReset(): void {
    this.#reset = undefined;
    this.destroy();
  }

  override _read(): void {
    this.#roomAgain?.();
    this.#roomAgain = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#connection.sendData(this.id, chunk, { fin: false }).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#localEnded = true;
    this.#connection.sendData(this.id, Buffer.alloc(0), { fin: true }).then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#roomAgain?.();
    this.#connection.forget(this.id, this.#remoteEnded && this.#localEnded ? undefined : this.#reset);
    callback(error);
  }
}
