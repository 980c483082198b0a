import type * as http from 'node:http';
import { TunnelError } from './errors.ts';
import { headerValue, withoutHeaders } from './raw-headers.ts';
import { bodyFraming, hasBody, headOf, type ResponseHead, requestUpstream, type Upstream } from './upstream.ts';

export interface ForwardOptions extends Upstream {
  /** May change the head before it is sent. */
  onResponse?(head: ResponseHead, response: http.IncomingMessage): void;
  /**
   * Return true to keep the response from the client: the outcome is `intercepted`, nothing has been answered, and the
   * caller reads or destroys `outcome.response`.
   */
  intercept?(response: http.IncomingMessage): boolean;
  /** The upstream failed (or `signal` cut it) before its response began, and the client still listens: answer it. */
  onError(error: Error, response: http.ServerResponse): void;
  /** Cuts the request on both sides at once (a revocation). */
  signal?: AbortSignal;
  /**
   * An ordered stop: ends a response of open length with its proper terminator, so that a watch becomes a re-list. Only
   * where `whenBroken` is `terminate`: a list would be cut short and look whole, so it runs on.
   */
  finish?: AbortSignal;
  /**
   * What the client sees where the upstream breaks off in the middle: `cut` (default), so that it notices; `terminate` for
   * a watch, whose client then re-lists without an error.
   */
  whenBroken?: 'cut' | 'terminate';
}

export interface ForwardOutcome {
  /**
   * `completed`: answered to the end, whatever the status. `intercepted`, `finished`: see the options. `failed`: the
   * upstream gave no whole response. `client-gone`: the client went away. `cut`: by `signal`.
   */
  kind: 'completed' | 'intercepted' | 'failed' | 'client-gone' | 'cut' | 'finished';
  /** The upstream's status where it got through to the client, else null. */
  status: number | null;
  /** Body bytes from the client, and to it. */
  bytesIn: number;
  bytesOut: number;
  error: Error | null;
  /** Only with `intercepted`. */
  response: http.IncomingMessage | null;
}

/** Safe to send once more where the reused connection turned out to be closed (RFC 9110 section 9.2.2). */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * One plain HTTP/1.1 hop: sends the request on, streams both bodies with back-pressure, and never times out.
 *
 * On `node:http` rather than `http-proxy-3` (2.0.1), which was tried for this: it sends the chunked body of a DELETE on as
 * bytes behind an empty one, so that the upstream takes it for a request that nobody has authorised
 * (request-smuggling.test.ts); it leaves the client waiting for ever where the upstream breaks off in the middle of a
 * response; it holds back a watch's head until the first event; it drops trailers, and keeps what `Connection` names.
 *
 * @returns the outcome, once the client's response is over; never rejects
 * @see RFC 9110 section 7.6 (message forwarding), section 6.5 (trailers)
 */
export function forwardRequest(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  options: ForwardOptions,
): Promise<ForwardOutcome> {
  return new Promise((resolve) => new Forward(request, response, options, resolve).send());
}

class Forward {
  readonly #request: http.IncomingMessage;
  readonly #response: http.ServerResponse;
  readonly #options: ForwardOptions;
  readonly #resolve: (outcome: ForwardOutcome) => void;
  #upstream: http.ClientRequest | undefined;
  #hasRetried = false;
  #status: number | null = null;
  #bytesIn = 0;
  #bytesOut = 0;
  #isSettled = false;
  #isOpenLength = false;

  constructor(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    options: ForwardOptions,
    resolve: (outcome: ForwardOutcome) => void,
  ) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.#resolve = resolve;
    response.on('close', this.#onClientClosed);
    options.signal?.addEventListener('abort', this.#onCut, { once: true });
    options.finish?.addEventListener('abort', this.#onFinish, { once: true });
  }

  send(): void {
    if (this.#options.signal?.aborted) {
      this.#onCut();
      return;
    }
    let upstream: http.ClientRequest;
    try {
      upstream = requestUpstream(this.#request, this.#options, bodyFraming(this.#request));
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#upstream = upstream;
    upstream.on('response', (incoming) => this.#onResponse(upstream, incoming));
    upstream.on('error', (error: Error) => {
      if (upstream !== this.#upstream || this.#isSettled) return;
      if (this.#mayRepeat(upstream)) {
        this.#hasRetried = true;
        this.send();
      } else this.#fail(error);
    });
    if (hasBody(this.#request)) this.#sendBody(upstream);
    else upstream.end();
  }

  /** A keep-alive connection that the peer had closed meanwhile: nothing of the request was taken. */
  #mayRepeat(upstream: http.ClientRequest): boolean {
    return (
      upstream.reusedSocket &&
      !this.#hasRetried &&
      this.#status === null &&
      !hasBody(this.#request) &&
      repeatable.has(this.#options.method ?? this.#request.method ?? '')
    );
  }

  #sendBody(upstream: http.ClientRequest): void {
    const request = this.#request;
    request.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length;
      if (!upstream.destroyed && !upstream.write(chunk)) request.pause();
    });
    upstream.on('drain', () => request.resume());
    request.on('end', () => {
      const trailers = request.rawTrailers;
      if (trailers.length > 0 && request.headers['transfer-encoding'] !== undefined) {
        upstream.addTrailers(pairs(trailers));
      }
      upstream.end();
    });
  }

  #onResponse(upstream: http.ClientRequest, incoming: http.IncomingMessage): void {
    if (this.#isSettled) {
      incoming.destroy();
      return;
    }
    if (this.#options.intercept?.(incoming)) {
      this.#settle('intercepted', null, incoming);
      return;
    }
    const response = this.#response;
    const head = headOf(incoming);
    try {
      this.#options.onResponse?.(head, incoming);
      this.#isOpenLength = headerValue(head.headers, 'content-length') === undefined;
      // Trailers exist in chunked framing only.
      const headers = this.#isOpenLength ? head.headers : withoutHeaders(head.headers, (name) => name === 'trailer');
      // Corked until what came along with the head is written too: one write. A quiet watch's head still leaves at once.
      // The socket, not the response: Node 24 writes the last chunk of a corked response before the corked ones.
      const { socket } = response;
      socket?.cork();
      response.writeHead(head.status, head.statusMessage, headers);
      response.flushHeaders();
      setImmediate(() => socket?.uncork());
    } catch (error) {
      upstream.destroy();
      this.#fail(error as Error);
      return;
    }
    this.#status = head.status;
    incoming.on('data', (chunk: Buffer) => {
      this.#bytesOut += chunk.length;
      if (!response.write(chunk)) incoming.pause();
    });
    response.on('drain', () => incoming.resume());
    incoming.on('end', () => {
      if (!incoming.complete || this.#isSettled) return;
      if (incoming.rawTrailers.length > 0 && this.#isOpenLength) response.addTrailers(pairs(incoming.rawTrailers));
      response.end();
      this.#abandonBody(upstream);
      this.#settle('completed', null);
    });
    incoming.on('error', (error) => this.#fail(error));
    if (this.#options.finish?.aborted) this.#onFinish();
  }

  /** The upstream answered without reading the whole body: nobody will read the rest. */
  #abandonBody(upstream: http.ClientRequest): void {
    if (upstream.writableFinished || this.#request.readableEnded) return;
    upstream.destroy();
    this.#request.resume();
  }

  #fail(error: Error): void {
    if (this.#isSettled) return;
    const response = this.#response;
    this.#upstream?.destroy();
    if (response.headersSent) {
      if (this.#options.whenBroken === 'terminate' && this.#isOpenLength) response.end();
      else response.destroy();
    } else {
      this.#answer(error);
    }
    this.#settle('failed', error);
  }

  #answer(error: Error): void {
    // Whatever was piped so far is not wanted any more, and an unread body would block the connection.
    this.#request.removeAllListeners('data');
    this.#request.resume();
    this.#options.onError(error, this.#response);
  }

  readonly #onClientClosed = () => {
    if (this.#isSettled) return;
    this.#upstream?.destroy();
    this.#settle('client-gone', null);
  };

  readonly #onCut = () => {
    if (this.#isSettled) return;
    const reason: unknown = this.#options.signal?.reason;
    const error =
      reason instanceof Error
        ? reason
        : new TunnelError('POSTERN_TUNNEL_CLOSED', 'the request was cut', { cause: reason });
    this.#upstream?.destroy();
    if (this.#response.headersSent) this.#response.destroy();
    else this.#answer(error);
    this.#settle('cut', error);
  };

  readonly #onFinish = () => {
    if (this.#options.whenBroken !== 'terminate') return;
    if (this.#isSettled || !this.#response.headersSent || !this.#isOpenLength) return;
    this.#response.end();
    this.#upstream?.destroy();
    this.#settle('finished', null);
  };

  #settle(kind: ForwardOutcome['kind'], error: Error | null, response: http.IncomingMessage | null = null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#response.off('close', this.#onClientClosed);
    this.#options.signal?.removeEventListener('abort', this.#onCut);
    this.#options.finish?.removeEventListener('abort', this.#onFinish);
    this.#resolve({ kind, status: this.#status, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut, error, response });
  }
}

function pairs(raw: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    result.push([raw[index] as string, raw[index + 1] as string]);
  }
  return result;
}
