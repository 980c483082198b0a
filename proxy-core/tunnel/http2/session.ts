import type { Duplex } from 'node:stream';
import { bytesPassed } from '../buffer-memory.ts';
import { DataSender } from './data-sender.ts';
import { FrameReader, type FrameReceiver } from './frame-reader.ts';
import {
  clientPreface,
  errorCode,
  frameFlag,
  frameOf,
  frameSizeError,
  frameType,
  goawayFrame,
  Http2Error,
  initialMaxFrameBytes,
  initialWindowBytes,
  maxStreamId,
  maxWindowBytes,
  protocolError,
  readSettings,
  resetStreamFrame,
  setting,
  settingsFrame,
  windowUpdateFrame,
} from './frames.ts';
import { type HeaderBlock, HeaderBlockReader, withoutPadding } from './header-block.ts';
import { decodeFields, encodeFields, type Fields } from './hpack.ts';
import { Output } from './output.ts';
import { type Rate, RateLimit } from './rate-limit.ts';
import {
  announcements,
  connectionWindowBytes,
  localSettings,
  maxConcurrentStreams,
  maxFrameBytes,
  maxUnreadBytes,
  streamResets,
  streamWindowBytes,
} from './settings.ts';
import { Http2Stream, type StreamConnection } from './stream.ts';

export interface SessionListener {
  /** The peer's SETTINGS have come. */
  onReady(): void;
  /** The peer opened a stream. Only of a server. */
  onStream(stream: Http2Stream, fields: ReadonlyMap<string, string>): void;
  /** The peer takes no new streams. */
  onGoodbye(debugData: Buffer): void;
  /** The connection is gone. `error` is what broke it, if anything did. */
  onClose(error: Error | undefined): void;
}

/**
 * One HTTP/2 connection: its settings, its streams and their frames. Both roles of it; what a tunnel needs of the protocol,
 * and what its peers may send by the protocol (no push, no dynamic header table, no priorities).
 *
 * Not `node:http2`: there each stream is a Node stream in front of nghttp2's, all output waits for the end of the event
 * loop's turn, so that the hops of a chain work in turns instead of side by side, and nothing is read while a write waits,
 * so that two busy ends can wait for each other for ever. The tests run this against `node:http2` as the peer.
 *
 * @see RFC 9113
 */
export class Session implements StreamConnection, FrameReceiver {
  readonly #socket: Duplex;
  readonly #role: 'client' | 'server';
  readonly #listener: SessionListener;
  readonly #output: Output;
  readonly #sender: DataSender;
  readonly #reader = new FrameReader(this, maxFrameBytes);
  readonly #streams = new Map<number, Http2Stream>();
  #receiveWindowBytes = initialWindowBytes;
  #consumedBytes = 0;
  /** Of all streams, what has come and is not read yet. */
  #unreadBytes = 0;
  /** Those that are over and hold some of it. */
  readonly #leftUnread = new Set<Http2Stream>();
  #peerWindowBytes = initialWindowBytes;
  #peerMaxStreams = Number.POSITIVE_INFINITY;
  #nextStreamId = 1;
  /** The last stream that the peer opened, and the last of them that was taken. */
  #lastSeenStreamId = 0;
  #lastTakenStreamId = 0;
  /** Of the client's preface, what has not come yet. */
  #prefaceLeft: Buffer;
  readonly #blocks = new HeaderBlockReader();
  readonly #resets: RateLimit;
  readonly #announcements = new RateLimit(announcements);
  readonly #pings: (() => void)[] = [];
  #pingsSent = 0;
  #isReady = false;
  #isClosing = false;
  #hasEnded = false;
  #error: Error | undefined;

  /**
   * @param socket connected; what it has received already is still to be read from it
   * @param resets how many streams may end by a reset. Only of a server: a client resets and opens as it likes
   */
  constructor(socket: Duplex, role: 'client' | 'server', listener: SessionListener, resets: Rate = streamResets) {
    this.#socket = socket;
    this.#role = role;
    this.#listener = listener;
    this.#resets = new RateLimit(resets);
    this.#prefaceLeft = role === 'server' ? clientPreface : none;
    this.#output = new Output(socket, () => this.#sender.sendWaiting());
    this.#sender = new DataSender(this.#output);
    if (role === 'client') this.#output.frame(clientPreface);
    this.#output.frame(settingsFrame(localSettings));
    this.#grantConnection(connectionWindowBytes - initialWindowBytes);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    // Nothing more can come of any stream.
    socket.once('end', () => this.destroy());
    socket.once('close', () => this.#onClose());
  }

  /** No new streams can be opened, or are taken. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  /** @throws {Http2Error} REFUSED_STREAM where the peer takes no more, or none at all */
  open(fields: Fields): Http2Stream {
    if (this.#isClosing || this.#streams.size >= this.#peerMaxStreams || this.#nextStreamId > maxStreamId) {
      throw new Http2Error(errorCode.refusedStream, 'the connection takes no more streams');
    }
    const stream = this.#hold(this.#nextStreamId);
    this.#nextStreamId += 2;
    stream.sendHeaders(fields, { isEnd: false });
    return stream;
  }

  /** @see RFC 9113 section 6.7 */
  ping(onAnswer: (durationMs: number) => void): void {
    const sentMs = performance.now();
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(++this.#pingsSent, 4);
    this.#pings.push(() => onAnswer(performance.now() - sentMs));
    this.#say(() => this.#output.frame(frameOf(frameType.ping, 0, 0, payload)));
  }

  /** Tells the peer that no new streams are taken, and why. */
  sayGoodbye(debugData: Buffer): void {
    this.#say(() => this.#output.frame(goawayFrame(this.#lastTakenStreamId, errorCode.none, debugData)));
  }

  /** Ends the connection once its streams are over. */
  close(): void {
    this.#isClosing = true;
    this.#endWhenEmpty();
  }

  /** Ends the connection after what has been sent so far. */
  destroy(): void {
    this.#isClosing = true;
    this.#end();
  }

  sendHeaders(streamId: number, flags: number, fields: Fields): void {
    const block = encodeFields(fields);
    this.#say(() => {
      // No frame is larger than every peer takes.
      for (let at = 0; at === 0 || at < block.length; at += initialMaxFrameBytes) {
        const part = block.subarray(at, at + initialMaxFrameBytes);
        const type = at === 0 ? frameType.headers : frameType.continuation;
        const isLast = at + part.length === block.length;
        const partFlags = (at === 0 ? flags : 0) | (isLast ? frameFlag.endHeaders : 0);
        this.#output.frame(frameOf(type, partFlags, streamId, part));
      }
    });
  }

  sendData(stream: Http2Stream, bytes: Buffer, from: number): number {
    return this.#sender.send(stream, bytes, from);
  }

  sendEnd(streamId: number): void {
    this.#say(() => this.#output.frame(frameOf(frameType.data, frameFlag.endStream, streamId, none)));
  }

  sendReset(streamId: number, code: number): void {
    this.#say(() => {
      this.#output.frame(resetStreamFrame(streamId, code));
      this.#countReset();
    });
  }

  sendWindowUpdate(streamId: number, byBytes: number): void {
    this.#say(() => this.#output.frame(windowUpdateFrame(streamId, byBytes)));
  }

  freed(stream: Http2Stream, sizeBytes: number): void {
    this.#unreadBytes -= sizeBytes;
    if (stream.isClosed && stream.unreadBytes === 0) this.#leftUnread.delete(stream);
  }

  forget(stream: Http2Stream): void {
    this.#streams.delete(stream.id);
    this.#sender.forget(stream);
    if (stream.unreadBytes > 0) this.#leftUnread.add(stream);
    if (this.#isClosing) this.#endWhenEmpty();
  }

  onData(streamId: number, bytes: Buffer, flags: number, isLast: boolean): void {
    if (this.#hasEnded) return;
    this.#notInBlock();
    const stream = this.#receivedData(streamId, bytes.length);
    if (stream === undefined) return;
    if (bytes.length > 0) stream.receiver.onBytes(bytes);
    if (isLast && flags & frameFlag.endStream && !stream.isClosed) stream.receivedEnd();
  }

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.#hasEnded) return;
    if (type === frameType.continuation) {
      this.#onBlock(this.#blocks.continuation(flags, streamId, payload));
      return;
    }
    this.#notInBlock();
    if (!this.#isReady && type !== frameType.settings) throw protocolError('SETTINGS come first');
    switch (type) {
      case frameType.data:
        this.#onPaddedData(streamId, payload, flags);
        break;
      case frameType.headers:
        this.#onBlock(this.#blocks.headers(flags, streamId, payload));
        break;
      case frameType.resetStream:
        this.#onReset(streamId, payload);
        break;
      case frameType.settings:
        this.#onSettings(flags, streamId, payload);
        break;
      case frameType.pushPromise:
        throw protocolError('nobody asked for a push');
      case frameType.ping:
        this.#onPing(flags, streamId, payload);
        break;
      case frameType.goaway:
        this.#onGoaway(streamId, payload);
        break;
      case frameType.windowUpdate:
        this.#onWindowUpdate(streamId, payload);
        break;
      default:
      // PRIORITY is deprecated, and what is unknown is to be ignored (RFC 9113 sections 5.3 and 5.5).
    }
  }

  #onData(chunk: Buffer): void {
    if (this.#hasEnded) return;
    bytesPassed('received', chunk.length);
    this.#say(() => {
      let bytes = chunk;
      if (this.#prefaceLeft.length > 0) {
        const part = bytes.subarray(0, this.#prefaceLeft.length);
        if (!part.equals(this.#prefaceLeft.subarray(0, part.length))) throw protocolError('this is not HTTP/2');
        this.#prefaceLeft = this.#prefaceLeft.subarray(part.length);
        bytes = bytes.subarray(part.length);
      }
      this.#reader.read(bytes);
    });
  }

  /** Where the peer breaks the protocol, or asks more than it reads, the connection ends with the reason. */
  #say(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
      this.#fail(error);
    }
  }

  #fail(error: Http2Error): void {
    if (this.#hasEnded) return;
    this.#error ??= error;
    this.#isClosing = true;
    this.#endAtOnce(goawayFrame(this.#lastTakenStreamId, error.code, Buffer.from(error.message)));
  }

  #hold(id: number): Http2Stream {
    const stream = new Http2Stream(this, id, {
      sendWindowBytes: this.#peerWindowBytes,
      receiveWindowBytes: streamWindowBytes,
    });
    this.#streams.set(id, stream);
    return stream;
  }

  /** Given back as it arrives: a stream that is not read takes nothing from the others. */
  #grantConnection(byBytes: number): void {
    this.#receiveWindowBytes += byBytes;
    this.#output.frame(windowUpdateFrame(0, byBytes));
  }

  /** @returns the stream; undefined where it is over, and its bytes are nobody's */
  #receivedData(streamId: number, sizeBytes: number): Http2Stream | undefined {
    this.#receiveWindowBytes -= sizeBytes;
    this.#consumedBytes += sizeBytes;
    if (this.#receiveWindowBytes < 0) throw new Http2Error(errorCode.flowControl, 'more than the connection’s window');
    if (this.#consumedBytes >= connectionWindowBytes / 2) {
      this.#grantConnection(this.#consumedBytes);
      this.#consumedBytes = 0;
    }
    const stream = this.#known(streamId);
    if (stream === undefined) return undefined;
    if (!stream.hasReceivedHead) throw protocolError(`bytes before the head of stream ${streamId}`);
    if (stream.hasReceivedEnd) throw protocolError(`bytes after the end of stream ${streamId}`);
    if (this.#unreadBytes + sizeBytes > maxUnreadBytes) this.#resetLeastRead();
    if (stream.isClosed) return undefined;
    if (!stream.takeFromWindow(sizeBytes)) throw new Http2Error(errorCode.flowControl, 'more than the stream’s window');
    this.#unreadBytes += sizeBytes;
    return stream;
  }

  /** One reader who stopped makes room for all others. */
  #resetLeastRead(): void {
    let least: Http2Stream | undefined;
    for (const stream of [...this.#leftUnread, ...this.#streams.values()]) {
      if (least === undefined || stream.unreadBytes > least.unreadBytes) least = stream;
    }
    if (least === undefined) return;
    least.reset(errorCode.enhanceYourCalm);
    least.receiver.onReset(errorCode.enhanceYourCalm);
  }

  /** @throws {Http2Error} for a stream that was never opened */
  #known(streamId: number): Http2Stream | undefined {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) return stream;
    const isOver = this.#role === 'server' ? streamId <= this.#lastSeenStreamId : streamId < this.#nextStreamId;
    // Even numbers are for pushes.
    if (streamId % 2 === 0 || !isOver) throw protocolError(`stream ${streamId} is not open`);
    return undefined;
  }

  #onPaddedData(streamId: number, payload: Buffer, flags: number): void {
    const bytes = withoutPadding(payload, flags);
    const stream = this.#receivedData(streamId, payload.length);
    if (stream === undefined) return;
    stream.consumed(payload.length - bytes.length);
    if (bytes.length > 0) stream.receiver.onBytes(bytes);
    if (flags & frameFlag.endStream && !stream.isClosed) stream.receivedEnd();
  }

  #notInBlock(): void {
    if (this.#blocks.isInBlock) throw protocolError('a head was broken off');
  }

  #onBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const { streamId } = block;
    const fields = decodeFields(block.bytes);
    const isNew = this.#role === 'server' && streamId % 2 === 1 && streamId > this.#lastSeenStreamId;
    const stream = isNew ? this.#accept(streamId) : this.#known(streamId);
    if (stream === undefined) return;
    if (stream.hasReceivedEnd) throw protocolError(`a head after the end of stream ${streamId}`);
    stream.hasReceivedHead = true;
    if (isNew) this.#listener.onStream(stream, fields);
    // Trailers say nothing here.
    else stream.receiver.onHeaders?.(fields);
    if (block.flags & frameFlag.endStream && !stream.isClosed) stream.receivedEnd();
  }

  #accept(streamId: number): Http2Stream | undefined {
    this.#lastSeenStreamId = streamId;
    // It crossed our GOAWAY, which tells the peer that it was not taken.
    if (this.#isClosing) return undefined;
    this.#lastTakenStreamId = streamId;
    if (this.#streams.size >= maxConcurrentStreams) {
      this.sendReset(streamId, errorCode.refusedStream);
      return undefined;
    }
    return this.#hold(streamId);
  }

  #onReset(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw frameSizeError('RST_STREAM');
    const stream = this.#known(streamId);
    this.#countReset();
    if (stream === undefined) return;
    const code = payload.readUInt32BE(0);
    // RFC 9113 section 8.1.
    if (this.#role === 'client' && code === errorCode.none && stream.hasReceivedEnd) stream.receivedSatisfied();
    else stream.receivedReset(code);
  }

  #countReset(): void {
    if (this.#role === 'server' && !this.#resets.take()) {
      throw new Http2Error(errorCode.enhanceYourCalm, 'too many streams were reset');
    }
  }

  #countAnnouncement(): void {
    if (!this.#announcements.take()) throw new Http2Error(errorCode.enhanceYourCalm, 'too many announcements');
  }

  #onSettings(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('SETTINGS of a stream');
    if (flags & frameFlag.ack && payload.length > 0) throw frameSizeError('SETTINGS');
    if (flags & frameFlag.ack) return;
    const settings = readSettings(payload);
    // Before what a wider window lets go: until then the peer counts by the former one.
    this.#output.frame(frameOf(frameType.settings, frameFlag.ack, 0, none));
    for (const [id, value] of settings) this.#onSetting(id, value);
    if (this.#isReady) return;
    this.#isReady = true;
    this.#listener.onReady();
  }

  #onSetting(id: number, value: number): void {
    this.#countAnnouncement();
    if (id === setting.maxConcurrentStreams) this.#peerMaxStreams = value;
    else if (id === setting.maxFrameSize) {
      if (value < initialMaxFrameBytes || value > 0xff_ffff) throw protocolError('SETTINGS_MAX_FRAME_SIZE');
    } else if (id === setting.initialWindowSize) {
      if (value > maxWindowBytes) throw new Http2Error(errorCode.flowControl, 'SETTINGS_INITIAL_WINDOW_SIZE');
      const byBytes = value - this.#peerWindowBytes;
      this.#peerWindowBytes = value;
      for (const stream of [...this.#streams.values()]) this.#widen(stream, byBytes);
    }
  }

  #widen(stream: Http2Stream, byBytes: number): void {
    const wasFull = stream.sendWindowBytes <= 0;
    stream.sendWindowBytes += byBytes;
    if (stream.sendWindowBytes > maxWindowBytes) throw new Http2Error(errorCode.flowControl, 'a window overflows');
    if (wasFull && stream.sendWindowBytes > 0) stream.receiver.onRoom();
  }

  #onPing(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('PING of a stream');
    if (payload.length !== 8) throw frameSizeError('PING');
    if (flags & frameFlag.ack) this.#pings.shift()?.();
    else this.#output.frame(frameOf(frameType.ping, frameFlag.ack, 0, payload));
  }

  #onGoaway(streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('GOAWAY of a stream');
    if (payload.length < 8) throw frameSizeError('GOAWAY');
    this.#countAnnouncement();
    const lastStreamId = payload.readUInt32BE(0) & maxStreamId;
    this.#isClosing = true;
    this.#listener.onGoodbye(Buffer.from(payload.subarray(8)));
    if (this.#role === 'client') {
      for (const stream of [...this.#streams.values()]) {
        if (stream.id > lastStreamId) stream.receivedReset(errorCode.refusedStream);
      }
    }
    if (payload.readUInt32BE(4) === errorCode.none) this.#endWhenEmpty();
    else this.#endAtOnce();
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw frameSizeError('WINDOW_UPDATE');
    const byBytes = payload.readUInt32BE(0) & maxWindowBytes;
    if (byBytes === 0) throw protocolError('WINDOW_UPDATE by nothing');
    if (streamId !== 0) {
      const stream = this.#known(streamId);
      if (stream !== undefined) this.#widen(stream, byBytes);
      return;
    }
    this.#sender.widen(byBytes);
  }

  #endWhenEmpty(): void {
    if (this.#streams.size === 0) this.#end();
  }

  #end(last?: Buffer): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#output.end(last);
  }

  /** A peer that breaks the protocol, or says that we do, need not be waited for. */
  #endAtOnce(last?: Buffer): void {
    this.#end(last);
    setImmediate(() => this.#socket.destroy());
  }

  #onClose(): void {
    this.#isClosing = true;
    this.#hasEnded = true;
    this.#output.end();
    this.#listener.onClose(this.#error);
  }
}

const none = Buffer.alloc(0);
