import type { Duplex } from 'node:stream';
import { BodyScanner } from './body-scanner.ts';
import { Exchange } from './exchange.ts';
import { parseRequestHead } from './head.ts';
import { HeadReader } from './head-reader.ts';
import { MessageError } from './message-error.ts';

/**
 * What a client may send ahead of its turn: a next request while the present one runs, or bytes of an upgrade's new
 * protocol before the 101. Beyond it the connection is not read, and a client that goes away is noticed only later.
 */
const maxHeldBytes = 64 * 1024;
/** What a piece costs beside its bytes: sent one by one, 64 KiB would take 30 MB. */
const heldPieceBytes = 512;
/** How long a client may go on sending once its last answer is out. */
const lingerMs = 2000;

export interface ServerConnectionOptions {
  maxHeadBytes: number;
  onRequest(exchange: Exchange): void;
  /** Answers what cannot be read. The connection ends after it. */
  onUnreadable(exchange: Exchange, error: MessageError): void;
}

/** Whoever forwards the present request. */
export interface ClientListener {
  /** `isLast` with the last bytes of a body. */
  onClientBytes(bytes: Buffer, isLast: boolean): void;
  /** The client has sent all that it will after a switch. */
  onClientEnd(): void;
  /** The client is gone, or has sent what is no body. */
  onClientGone(error: MessageError | null): void;
  /** The client takes bytes again. */
  onClientDrain(): void;
}

/**
 * The serving side of one HTTP/1.1 connection: reads a head, lets one exchange run, and reads the next head when that is
 * over. A client that closes its sending side takes its running request along, as with Node's own server.
 */
export class ServerConnection {
  readonly stream: Duplex;
  readonly #options: ServerConnectionOptions;
  readonly #head: HeadReader;
  #exchange: Exchange | undefined;
  #listener: ClientListener | undefined;
  #takesBody = false;
  #body: BodyScanner | undefined;
  #isSwitched = false;
  /** What follows has no boundaries any more. */
  #isUnreadable = false;
  #isClosing = false;
  /** Read and not yet anybody's. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isHolding = false;
  /** On the monotonic clock: since when nothing runs, or a head is awaited. */
  #quietSinceMs = performance.now();

  constructor(stream: Duplex, options: ServerConnectionOptions) {
    this.stream = stream;
    this.#options = options;
    this.#head = new HeadReader(options.maxHeadBytes);
    // Half-close is ours to answer, not the socket's.
    stream.allowHalfOpen = true;
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => this.#onEnd());
    stream.on('drain', () => {
      this.#listener?.onClientDrain();
      if (this.#exchange === undefined) this.#release();
    });
    // What failed shows in `close`.
    stream.on('error', () => {});
    stream.once('close', () => this.#onClose());
  }

  get isIdle(): boolean {
    return this.#exchange === undefined && !this.#head.hasBegun;
  }

  /** How long a head has been awaited in vain; undefined while an exchange runs, which may be quiet for ever. */
  quietMs(nowMs: number): { kind: 'idle' | 'head'; forMs: number } | undefined {
    if (this.#exchange !== undefined) return undefined;
    return { kind: this.#head.hasBegun ? 'head' : 'idle', forMs: nowMs - this.#quietSinceMs };
  }

  /** The body has not come to its end yet. */
  get isBodyOutstanding(): boolean {
    return this.#body !== undefined && !this.#body.isComplete;
  }

  get payloadBytes(): number {
    return this.#body?.payloadBytes ?? 0;
  }

  /** Tells of the client from here on; of its bytes only after {@link takeBody} or {@link switch}. */
  listen(listener: ClientListener): void {
    this.#listener = listener;
  }

  /** Hands the body on, beginning with what has already come. */
  takeBody(): void {
    this.#takesBody = true;
    if (this.isBodyOutstanding) this.#release();
  }

  /** From here on bytes are bytes. */
  switch(): void {
    this.#isSwitched = true;
    this.#release();
  }

  /** The exchange has been answered in whole; `isLast` closes the connection after it. */
  done(isLast: boolean): void {
    this.#listener = undefined;
    this.#takesBody = false;
    if (isLast || this.#isUnreadable) {
      this.closeGently();
      return;
    }
    this.#exchange = undefined;
    // Whoever forwarded it may have stopped the reading.
    if (!this.#isHolding && this.stream.isPaused()) this.stream.resume();
    this.#quietSinceMs = performance.now();
    if (!this.isBodyOutstanding) this.#body = undefined;
    // In a turn of its own: a client that sends ahead must not make this recursive.
    if (this.#heldBytes > 0) setImmediate(() => this.#release());
  }

  /** Ends the connection so that its last bytes arrive: closed with something unread, it would be reset and they lost. */
  closeGently(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#held = [];
    this.#heldBytes = 0;
    const { stream } = this;
    if (stream.destroyed) return;
    stream.end();
    stream.resume();
    // Not before: a client may take the end of a large answer as slowly as its beginning.
    if (stream.writableFinished) this.#linger();
    else stream.once('finish', () => this.#linger());
  }

  #linger(): void {
    const { stream } = this;
    const linger = setTimeout(() => stream.destroy(), lingerMs).unref();
    stream.once('close', () => clearTimeout(linger));
  }

  #onData(chunk: Buffer): void {
    if (this.#isClosing) return;
    // What came before it waits for its turn.
    if (this.#heldBytes > 0) {
      this.#hold(chunk);
      return;
    }
    if (this.#isSwitched) {
      this.#listener?.onClientBytes(chunk, false);
      return;
    }
    try {
      this.#read(chunk);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#unreadable(error);
    }
  }

  #read(chunk: Buffer): void {
    if (this.#body !== undefined && !this.#body.isComplete) {
      if (this.#exchange === undefined || this.#takesBody) this.#readBody(chunk, this.#body);
      else this.#hold(chunk);
      return;
    }
    // A client that does not read its answers is not asked for more to answer.
    if (this.#exchange !== undefined || this.stream.writableNeedDrain) {
      this.#hold(chunk);
      return;
    }
    if (!this.#head.hasBegun) this.#quietSinceMs = performance.now();
    const head = this.#head.read(chunk);
    if (head === undefined) return;
    const request = parseRequestHead(head.text);
    this.#body = request.framing.kind === 'none' ? undefined : new BodyScanner(request.framing);
    const exchange = new Exchange(this, request);
    this.#exchange = exchange;
    if (head.rest.length > 0) this.#hold(head.rest);
    this.#options.onRequest(exchange);
  }

  /** To whoever receives it, or, of a request that has been answered, to nobody. */
  #readBody(chunk: Buffer, body: BodyScanner): void {
    const taken = body.scan(chunk);
    const rest = taken < chunk.length ? chunk.subarray(taken) : undefined;
    if (rest !== undefined) this.#hold(rest);
    this.#listener?.onClientBytes(rest === undefined ? chunk : chunk.subarray(0, taken), body.isComplete);
    if (this.#exchange !== undefined || !body.isComplete) return;
    this.#body = undefined;
    this.#release();
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (!this.#isFull) return;
    this.#isHolding = true;
    this.stream.pause();
  }

  get #isFull(): boolean {
    return this.#heldBytes + this.#held.length * heldPieceBytes >= maxHeldBytes;
  }

  #release(): void {
    if (this.#heldBytes === 0) return;
    const held = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    this.#onData(held);
    if (!this.#isHolding || this.#isFull) return;
    this.#isHolding = false;
    this.stream.resume();
  }

  #unreadable(error: MessageError): void {
    this.#isUnreadable = true;
    if (this.#exchange !== undefined) {
      // In the middle of a body; whoever receives it knows how far the answer is.
      this.#listener?.onClientGone(error);
      return;
    }
    if (this.#body !== undefined) {
      this.closeGently();
      return;
    }
    const exchange = new Exchange(this, undefined);
    this.#exchange = exchange;
    this.#options.onUnreadable(exchange, error);
  }

  #onEnd(): void {
    if (this.#isClosing) return;
    if (this.#isSwitched) this.#listener?.onClientEnd();
    else if (this.#exchange !== undefined) this.stream.destroy();
    else this.closeGently();
  }

  #onClose(): void {
    this.#listener?.onClientGone(null);
    this.#listener = undefined;
  }
}
