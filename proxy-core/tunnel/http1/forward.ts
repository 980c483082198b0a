import { TunnelError } from '../errors.ts';
import type { BodyScanner } from './body-scanner.ts';
import type { Cuttable } from './cut.ts';
import type { Exchange } from './exchange.ts';
import type { ForwardedHead, ForwardOptions, ForwardOutcome } from './forward-options.ts';
import { handOn } from './hand-on.ts';
import { joined, type ResponseHead, writeHead } from './head.ts';
import { belongsToHop, endToEndHeaders, headerValue, withoutHeaders } from './header-list.ts';
import type { MessageError } from './message-error.ts';
import type { ClientListener, ServerConnection } from './server-connection.ts';
import type { ResponseReceiver, UpstreamConnection } from './upstream-connection.ts';

/** Safe to send once more where the reused connection turned out to be closed (RFC 9110 section 9.2.2). */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const lastChunk = Buffer.from('0\r\n\r\n', 'latin1');
const continueHead = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');

/**
 * One request on its way through a hop. Bodies pass as they came, chunk framing included: it is checked on the way
 * (body-scanner.ts) and never made anew.
 *
 * On neither `http-proxy-3` nor `node:http`, which were both tried for this. http-proxy-3 (2.0.1) sends the chunked body of
 * a DELETE on as bytes behind an empty one, so that the upstream takes it for a request that nobody has authorised
 * (request-smuggling.test.ts), leaves the client waiting for ever where the upstream breaks off, holds back a watch's head
 * until the first event, and drops trailers. A server and a client of node:http do it right, and a request took about twice
 * the CPU with them: each message becomes two streams and several header objects in every hop.
 *
 * @see RFC 9110 section 7.6 (message forwarding), RFC 9112
 */
export class Forwarding implements ClientListener, ResponseReceiver, Cuttable {
  readonly #exchange: Exchange;
  readonly #client: ServerConnection;
  readonly #options: ForwardOptions;
  readonly #resolve: (outcome: ForwardOutcome) => void;
  #upstream: UpstreamConnection | undefined;
  /** While a connection is being opened. */
  #connecting: AbortController | undefined;
  #hasRetried = false;
  #status: number | null = null;
  /** Of the response. */
  #body: BodyScanner | undefined;
  #isOpenLength = false;
  /** The upstream ends its body by closing; towards the client it is chunked. */
  #makesChunks = false;
  #isLastOfConnection = false;
  #isSwitched = false;
  #switchedIn = 0;
  #switchedOut = 0;
  #endedSides = 0;
  /** Handed on since the receiver lags. */
  #piecesIn = 0;
  #piecesOut = 0;
  #isFinishing = false;
  #isRequestSent = false;
  #isSettled = false;
  cutIndex = -1;

  constructor(
    exchange: Exchange,
    client: ServerConnection,
    options: ForwardOptions,
    resolve: (outcome: ForwardOutcome) => void,
  ) {
    this.#exchange = exchange;
    this.#client = client;
    this.#options = options;
    this.#resolve = resolve;
  }

  start(): void {
    const { cut, finish } = this.#options;
    if (this.#exchange.isGone) {
      this.#settle('client-gone', null);
      return;
    }
    if (this.#options.whenBroken === 'terminate') finish?.addEventListener('abort', this.#onFinish, { once: true });
    if (cut?.reason !== undefined) {
      this.cut(cut.reason);
      return;
    }
    cut?.add(this);
    this.#client.listen(this);
    const idle = this.#options.pool.takeIdle();
    if (idle === undefined) this.#connect();
    else this.#send(idle);
  }

  #connect(): void {
    this.#connecting = new AbortController();
    this.#options.pool.connect(this.#connecting.signal).then(
      (upstream) => {
        this.#connecting = undefined;
        if (this.#isSettled) upstream.destroy();
        else this.#send(upstream);
      },
      (error: Error) => this.#fail(error),
    );
  }

  #send(upstream: UpstreamConnection): void {
    this.#upstream = upstream;
    const { request } = this.#exchange;
    let head: string;
    try {
      head = this.#requestHead();
    } catch (error) {
      upstream.destroy();
      this.#fail(error as Error);
      return;
    }
    this.#isRequestSent = !this.#exchange.hasBody && request.upgrade === undefined;
    upstream.send(joined(head, undefined), request.method, this);
    if (!this.#exchange.hasBody) return;
    if (request.expectsContinue) this.#exchange.stream.write(continueHead);
    this.#client.takeBody();
  }

  #requestHead(): string {
    const { request } = this.#exchange;
    const endToEnd = this.#options.headers ?? endToEndHeaders(request.headers);
    const headers = withoutHeaders(endToEnd, belongsToHop);
    if (headerValue(headers, 'host') === undefined) headers.unshift('host', 'postern');
    const { framing, method, upgrade } = request;
    if (upgrade !== undefined) headers.push('connection', 'Upgrade', 'upgrade', upgrade);
    if (framing.kind === 'chunked') headers.push('transfer-encoding', 'chunked');
    else if (framing.kind === 'length') headers.push('content-length', String(framing.sizeBytes));
    // RFC 9110 section 8.6: methods that usually have a body say that there is none.
    else if (method === 'POST' || method === 'PUT' || method === 'PATCH') headers.push('content-length', '0');
    return writeHead(`${method} ${this.#options.target} HTTP/1.1`, headers);
  }

  onClientBytes(bytes: Buffer, isLast: boolean): void {
    if (this.#isSwitched) this.#switchedIn += bytes.length;
    else if (isLast) this.#isRequestSent = true;
    const upstream = this.#upstream;
    if (this.#isSettled || upstream === undefined || bytes.length === 0 || upstream.stream.writableEnded) return;
    this.#piecesIn = handOn(bytes, upstream.stream, this.#exchange.stream, this.#piecesIn);
  }

  onUpstreamDrain(): void {
    this.#exchange.stream.resume();
  }

  onHead(head: ResponseHead, body: BodyScanner, bytes: Buffer | undefined): void {
    if (head.status === 101 && this.#exchange.request.upgrade === undefined) {
      this.#breakOff(new TunnelError('POSTERN_TUNNEL_LOST', 'the upstream switched protocols unasked'));
      return;
    }
    if (this.#options.intercept?.(head)) {
      this.#intercepted(body);
      return;
    }
    let text: string;
    try {
      text = this.#responseHead(head);
    } catch (error) {
      this.#breakOff(error as Error);
      return;
    }
    this.#status = head.status;
    this.#body = body;
    if (head.status === 101) {
      this.#switch(text, bytes);
      return;
    }
    const hasRoom = this.#exchange.begin(text, bytes !== undefined && this.#makesChunks ? chunkOf(bytes) : bytes);
    if (body.isComplete) this.#complete();
    else {
      if (!hasRoom) this.#upstream?.stream.pause();
      if (this.#options.finish?.aborted) this.#onFinish();
    }
  }

  #responseHead(head: ResponseHead): string {
    const forwarded: ForwardedHead = {
      status: head.status,
      statusMessage: head.statusMessage,
      headers: endToEndHeaders(head.headers),
    };
    this.#options.onResponse?.(forwarded);
    const { request } = this.#exchange;
    const { framing } = head;
    const { headers } = forwarded;
    if (head.status === 101) headers.unshift('connection', 'Upgrade', 'upgrade', head.upgrade ?? '');
    else {
      this.#isOpenLength = framing.kind === 'chunked' || framing.kind === 'until-close';
      this.#makesChunks = framing.kind === 'until-close';
      this.#isLastOfConnection = !request.isPersistent;
      if (this.#isOpenLength) headers.push('transfer-encoding', 'chunked');
      if (this.#isLastOfConnection) headers.push('connection', 'close');
    }
    return writeHead(`HTTP/1.1 ${head.status} ${head.statusMessage}`, headers);
  }

  onUpstreamBytes(bytes: Buffer): void {
    const { stream } = this.#exchange;
    if (this.#isSettled) return;
    if (this.#isSwitched) {
      this.#switchedOut += bytes.length;
      if (!stream.writableEnded) this.#handOut(bytes);
      return;
    }
    const body = this.#body as BodyScanner;
    if (this.#isFinishing && body.wholeChunkBytes > 0) {
      stream.write(bytes.subarray(0, body.wholeChunkBytes));
      this.#finish();
      return;
    }
    if (bytes.length > 0) this.#handOut(this.#makesChunks ? chunkOf(bytes) : bytes);
    if (body.isComplete) this.#complete();
  }

  #handOut(bytes: Buffer): void {
    const from = (this.#upstream as UpstreamConnection).stream;
    this.#piecesOut = handOn(bytes, this.#exchange.stream, from, this.#piecesOut);
  }

  onClientDrain(): void {
    this.#upstream?.stream.resume();
  }

  onUpstreamEnd(): void {
    if (this.#isSettled) return;
    if (this.#isSwitched) {
      if (!this.#exchange.stream.writableEnded) this.#exchange.stream.end();
      this.#sideEnded();
      return;
    }
    this.#exchange.stream.write(lastChunk);
    this.#complete();
  }

  onClientEnd(): void {
    if (this.#isSettled) return;
    if (this.#upstream && !this.#upstream.stream.writableEnded) this.#upstream.stream.end();
    this.#sideEnded();
  }

  #sideEnded(): void {
    this.#endedSides += 1;
    if (this.#endedSides === 2) this.#settle('completed', null);
  }

  onUpstreamGone(error: Error): void {
    if (this.#isSettled) return;
    if (this.#mayRepeat()) {
      this.#hasRetried = true;
      this.#upstream = undefined;
      this.#connect();
      return;
    }
    if (this.#isSwitched && this.#upstream?.stream.readableEnded) {
      // Gone both ways, in order. Nobody reads what the client may still say; it may be long in reading what was said to it.
      this.#settle('completed', null);
      this.#exchange.stream.resume();
      return;
    }
    this.#breakOff(error);
  }

  /** A kept connection that the peer had closed meanwhile: nothing of the request was taken. */
  #mayRepeat(): boolean {
    return (
      this.#upstream?.hasServed === true &&
      !this.#hasRetried &&
      this.#status === null &&
      this.#isRequestSent &&
      !this.#exchange.hasBody &&
      repeatable.has(this.#exchange.request.method)
    );
  }

  onClientGone(error: MessageError | null): void {
    if (this.#isSettled) return;
    if (error !== null) {
      this.#breakOff(error);
      return;
    }
    this.#upstream?.destroy();
    this.#settle('client-gone', null);
  }

  cut(reason: Error): void {
    if (this.#isSettled) return;
    this.#upstream?.destroy();
    this.#settle('cut', reason);
    if (this.#status === null) {
      this.#options.onError(reason);
      return;
    }
    const line = this.#canEnd && this.#body?.endsLine ? this.#options.lastLine?.(reason) : undefined;
    if (line === undefined) this.#exchange.stream.destroy();
    else {
      this.#exchange.stream.write(Buffer.concat([chunkOf(Buffer.from(line)), lastChunk]));
      this.#client.done(this.#isLastOfConnection);
    }
  }

  /** Whether the response may be ended here with its terminator. */
  get #canEnd(): boolean {
    return this.#makesChunks || (this.#isOpenLength && this.#body?.isBetweenChunks === true);
  }

  readonly #onFinish = () => {
    if (this.#isSettled || this.#body === undefined || !this.#isOpenLength) return;
    // In the middle of a chunk its end is waited for.
    if (this.#canEnd) this.#finish();
    else this.#isFinishing = true;
  };

  #finish(): void {
    this.#exchange.stream.write(lastChunk);
    this.#upstream?.destroy();
    this.#settle('finished', null);
    this.#client.done(this.#isLastOfConnection);
  }

  #switch(head: string, bytes: Buffer | undefined): void {
    this.#isSwitched = true;
    this.#isRequestSent = true;
    this.#switchedOut += bytes?.length ?? 0;
    const hasRoom = this.#exchange.begin(head, bytes);
    if (!hasRoom) this.#upstream?.stream.pause();
    this.#client.switch();
  }

  #complete(): void {
    const upstream = this.#upstream;
    // The upstream answered without reading the whole body: nobody will read the rest.
    if (this.#isRequestSent) upstream?.release();
    else upstream?.destroy();
    this.#settle('completed', null);
    this.#client.done(this.#isLastOfConnection);
  }

  #intercepted(body: BodyScanner): void {
    if (body.isComplete && this.#isRequestSent) this.#upstream?.release();
    else this.#upstream?.destroy();
    this.#settle('intercepted', null);
  }

  /** Ends both sides; a client that has had no answer yet gets one. */
  #breakOff(error: Error): void {
    this.#upstream?.destroy();
    if (this.#status === null) {
      this.#fail(error);
      return;
    }
    if (this.#options.whenBroken === 'terminate' && this.#canEnd) {
      this.#exchange.stream.write(lastChunk);
      this.#settle('failed', error);
      this.#client.done(this.#isLastOfConnection);
      return;
    }
    this.#settle('failed', error);
    this.#exchange.stream.destroy();
  }

  #fail(error: Error): void {
    if (this.#isSettled) return;
    this.#settle('failed', error);
    this.#options.onError(error);
  }

  #settle(kind: ForwardOutcome['kind'], error: Error | null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#connecting?.abort();
    const { cut, finish, whenBroken } = this.#options;
    cut?.delete(this);
    if (whenBroken === 'terminate') finish?.removeEventListener('abort', this.#onFinish);
    this.#resolve({
      kind,
      status: this.#status,
      bytesIn: this.#isSwitched ? this.#switchedIn : this.#client.payloadBytes,
      bytesOut: this.#isSwitched ? this.#switchedOut : (this.#body?.payloadBytes ?? 0),
      error,
    });
  }
}

function chunkOf(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`, 'latin1'), bytes, crlf]);
}

const crlf = Buffer.from('\r\n', 'latin1');
