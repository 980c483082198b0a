import type { Duplex } from 'node:stream';
import { TunnelError } from '../errors.ts';
import { BodyScanner } from './body-scanner.ts';
import { parseResponseHead, type ResponseHead } from './head.ts';
import { HeadReader } from './head-reader.ts';
import { MessageError } from './message-error.ts';

/** Whoever sent the present request. */
export interface ResponseReceiver {
  /** The head, with what came right behind it. Informational responses are not told. */
  onHead(head: ResponseHead, body: BodyScanner, bytes: Buffer | undefined): void;
  onUpstreamBytes(bytes: Buffer): void;
  /** Of a switched connection, or of a body that ends with its connection: the upstream has sent all that it will. */
  onUpstreamEnd(): void;
  /** The connection is gone before the response was whole; of a switched one, however it ended. */
  onUpstreamGone(error: Error): void;
  onUpstreamDrain(): void;
}

/** The asking side of one HTTP/1.1 connection; one request at a time. */
export class UpstreamConnection {
  readonly stream: Duplex;
  readonly #head: HeadReader;
  readonly #onIdle: (connection: UpstreamConnection) => void;
  #receiver: ResponseReceiver | undefined;
  #method = '';
  #body: BodyScanner | undefined;
  #isSwitched = false;
  #isReusable = true;
  #error: Error | undefined;
  /** It has carried a request before. */
  hasServed = false;
  /** On the monotonic clock. */
  idleSinceMs = 0;

  /** @param onIdle called when it is ready for its next request */
  constructor(stream: Duplex, options: { maxHeadBytes: number; onIdle(connection: UpstreamConnection): void }) {
    this.stream = stream;
    this.#head = new HeadReader(options.maxHeadBytes);
    this.#onIdle = options.onIdle;
    stream.allowHalfOpen = true;
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => this.#onEnd());
    stream.on('drain', () => this.#receiver?.onUpstreamDrain());
    stream.on('error', (error) => {
      this.#error = error;
    });
    stream.once('close', () => this.#onClose());
    // The tunnel connection underneath takes no new streams: what runs runs on, and nothing is begun.
    stream.once('retire', () => {
      this.#isReusable = false;
      if (this.#receiver === undefined) stream.destroy();
    });
  }

  get isReusable(): boolean {
    return this.#isReusable && !this.stream.destroyed && !this.stream.readableEnded;
  }

  send(bytes: Buffer, method: string, receiver: ResponseReceiver): void {
    this.#receiver = receiver;
    this.#method = method;
    this.#body = undefined;
    this.stream.write(bytes);
  }

  /** The response is over for its receiver, and the request has been sent in whole. */
  release(): void {
    this.#receiver = undefined;
    this.hasServed = true;
    if (this.stream.isPaused()) this.stream.resume();
    if (this.isReusable && this.#body?.isComplete === true) this.#onIdle(this);
    else this.stream.destroy();
  }

  /** Nobody wants the rest. */
  destroy(): void {
    this.#receiver = undefined;
    this.#isReusable = false;
    this.stream.destroy();
  }

  #onData(chunk: Buffer): void {
    const receiver = this.#receiver;
    if (receiver === undefined) {
      // Nobody has asked anything.
      this.stream.destroy();
      return;
    }
    if (this.#isSwitched) {
      receiver.onUpstreamBytes(chunk);
      return;
    }
    try {
      if (this.#body === undefined) this.#readHead(chunk, receiver);
      else receiver.onUpstreamBytes(this.#readBody(chunk, this.#body));
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#gone(
        new TunnelError('POSTERN_TUNNEL_LOST', `the upstream’s answer is not readable: ${error.message}`, {
          cause: error,
        }),
      );
    }
  }

  #readHead(chunk: Buffer, receiver: ResponseReceiver): void {
    let bytes = chunk;
    for (;;) {
      const read = this.#head.read(bytes);
      if (read === undefined) return;
      bytes = read.rest;
      const head = parseResponseHead(read.text, this.#method);
      if (head.status === 101) {
        this.#isSwitched = true;
        this.#isReusable = false;
        this.#body = new BodyScanner({ kind: 'none' });
        receiver.onHead(head, this.#body, bytes.length > 0 ? bytes : undefined);
        return;
      }
      if (head.status < 200) {
        if (bytes.length === 0) return;
        continue;
      }
      this.#body = new BodyScanner(head.framing);
      if (!head.isPersistent) this.#isReusable = false;
      const ofBody = this.#readBody(bytes, this.#body);
      receiver.onHead(head, this.#body, ofBody.length > 0 ? ofBody : undefined);
      return;
    }
  }

  #readBody(chunk: Buffer, body: BodyScanner): Buffer {
    const taken = body.scan(chunk);
    if (taken === chunk.length) return chunk;
    // More than was asked for.
    this.#isReusable = false;
    return chunk.subarray(0, taken);
  }

  #onEnd(): void {
    this.#isReusable = false;
    if (this.#isSwitched || this.#body?.endsWithConnection) this.#receiver?.onUpstreamEnd();
    else this.#gone(new TunnelError('POSTERN_TUNNEL_LOST', 'the connection was closed'));
  }

  #onClose(): void {
    this.#gone(this.#error ?? new TunnelError('POSTERN_TUNNEL_LOST', 'the connection was closed'));
  }

  #gone(error: Error): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#isReusable = false;
    this.stream.destroy();
    receiver?.onUpstreamGone(error);
  }
}
