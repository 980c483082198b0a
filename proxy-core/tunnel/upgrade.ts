import * as http from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TunnelError } from './errors.ts';
import type { ForwardOptions, ForwardOutcome } from './forward.ts';
import { headerValue, type RawHeaders, withoutHeaders } from './raw-headers.ts';
import { headOf, type ResponseHead, requestUpstream } from './upstream.ts';

export type UpgradeOptions = Omit<ForwardOptions, 'finish' | 'whenBroken'>;

/**
 * Sends any HTTP/1.1 upgrade on (WebSocket GET, SPDY POST or GET), and after a 101 splices the two connections as bytes:
 * back-pressure and half-close pass in both directions, bytes are counted, nothing times out. Any other answer is passed
 * through as an ordinary response, after which the client's connection is closed.
 *
 * Bytes that the client sends before the 101 wait in its socket. An upgrade request has no body of its own here: whatever
 * follows its head belongs to the new protocol (RFC 9110 section 7.8).
 *
 * @param socket of the server's `upgrade` event, which leaves it to us
 * @returns the outcome, once both directions are over; never rejects. `completed` with status 101 is an orderly end
 */
export function spliceUpgrade(
  request: http.IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: UpgradeOptions,
): Promise<ForwardOutcome> {
  return new Promise((resolve) => new Upgrade(request, socket, head, options, resolve).send());
}

/** A `ServerResponse` on the socket of an `upgrade` event, for an ordinary answer. The connection is closed after it. */
export function responseOn(request: http.IncomingMessage, socket: Duplex): http.ServerResponse {
  const response = new http.ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  response.on('finish', () => {
    response.detachSocket(socket as Socket);
    socket.end();
    // What the client still says is of no interest, but unread it would keep the socket from closing.
    socket.resume();
  });
  return response;
}

class Upgrade {
  readonly #request: http.IncomingMessage;
  readonly #socket: Duplex;
  readonly #options: UpgradeOptions;
  readonly #resolve: (outcome: ForwardOutcome) => void;
  #upstream: http.ClientRequest | undefined;
  #far: Duplex | undefined;
  #status: number | null = null;
  #bytesIn = 0;
  #bytesOut = 0;
  #isSettled = false;

  constructor(
    request: http.IncomingMessage,
    socket: Duplex,
    head: Buffer,
    options: UpgradeOptions,
    resolve: (outcome: ForwardOutcome) => void,
  ) {
    this.#request = request;
    this.#socket = socket;
    this.#options = options;
    this.#resolve = resolve;
    if (head.length > 0) socket.unshift(head);
    // TLS sockets of a server end by themselves when the client does; half-close is the far side's to answer.
    socket.allowHalfOpen = true;
    socket.on('error', this.#onClientClosed);
    socket.on('close', this.#onClientClosed);
    options.signal?.addEventListener('abort', this.#onCut, { once: true });
  }

  send(): void {
    if (this.#options.signal?.aborted) {
      this.#onCut();
      return;
    }
    try {
      const sent = this.#options.headers ?? this.#request.rawHeaders;
      const upstream = requestUpstream(
        this.#request,
        { ...this.#options, headers: withoutHeaders(sent, (name) => name === 'content-length') },
        this.#hopHeaders(),
      );
      this.#upstream = upstream;
      upstream.on('upgrade', (response, far, farHead) => this.#onSwitched(response, far, farHead));
      upstream.on('response', (response) => this.#onRefused(response));
      upstream.on('error', (error: Error) => this.#fail(error));
      upstream.end();
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    // Reading far enough to notice that the client went away, and no further.
    this.#socket.on('readable', this.#onReadable);
    this.#socket.on('end', this.#onEndBeforeSwitch);
  }

  #hopHeaders(): RawHeaders {
    const headers = ['Connection', 'Upgrade', 'Upgrade', this.#request.headers.upgrade ?? ''];
    const method = this.#options.method ?? this.#request.method;
    if (method !== 'GET') headers.push('Content-Length', '0');
    return headers;
  }

  readonly #onReadable = () => {
    if (this.#socket.readableLength === 0) this.#socket.read(0);
  };

  readonly #onEndBeforeSwitch = () => {
    this.#onClientClosed();
    this.#socket.destroy();
  };

  #stopWaiting(): void {
    this.#socket.off('readable', this.#onReadable);
    this.#socket.off('end', this.#onEndBeforeSwitch);
  }

  #onSwitched(response: http.IncomingMessage, far: Duplex, farHead: Buffer): void {
    this.#stopWaiting();
    if (this.#isSettled) {
      far.destroy();
      return;
    }
    this.#far = far;
    const socket = this.#socket;
    const head = headOf(response);
    head.headers.unshift('Connection', 'Upgrade', 'Upgrade', response.headers.upgrade ?? '');
    this.#options.onResponse?.(head, response);
    this.#status = head.status;
    socket.write(headBytes(head));
    if (farHead.length > 0) far.unshift(farHead);
    far.allowHalfOpen = true;
    far.on('error', (error) => this.#fail(error));
    let ended = 0;
    const onEnd = () => {
      ended += 1;
      if (ended === 2) this.#settle('completed', null);
    };
    pump(socket, far, (sizeBytes) => {
      this.#bytesIn += sizeBytes;
    }).then(onEnd, () => {});
    pump(far, socket, (sizeBytes) => {
      this.#bytesOut += sizeBytes;
    }).then(onEnd, () => {});
    far.on('close', () => {
      if (!far.readableEnded) this.#fail(new TunnelError('POSTERN_TUNNEL_LOST', 'the upgraded connection broke'));
      // The far side is gone both ways: nobody reads what the client may still send.
      else if (!socket.writableEnded) socket.end();
      socket.resume();
    });
  }

  #onRefused(incoming: http.IncomingMessage): void {
    this.#stopWaiting();
    if (this.#isSettled) {
      incoming.destroy();
      return;
    }
    if (this.#options.intercept?.(incoming)) {
      this.#settle('intercepted', null, incoming);
      return;
    }
    const response = responseOn(this.#request, this.#socket);
    const head = headOf(incoming);
    try {
      this.#options.onResponse?.(head, incoming);
      response.writeHead(
        head.status,
        head.statusMessage,
        headerValue(head.headers, 'content-length') === undefined
          ? head.headers
          : withoutHeaders(head.headers, (name) => name === 'trailer'),
      );
    } catch (error) {
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
      if (!incoming.complete) return;
      response.end();
      this.#settle('completed', null);
    });
    incoming.on('error', (error) => this.#fail(error));
  }

  #fail(error: Error): void {
    if (this.#isSettled) return;
    this.#stopWaiting();
    this.#settle('failed', error);
    this.#drop(error);
  }

  /** Ends both sides; a client that has had no answer yet gets one. */
  #drop(error: Error): void {
    this.#upstream?.destroy();
    this.#far?.destroy();
    if (this.#status !== null || this.#socket.destroyed) this.#socket.destroy();
    else this.#options.onError(error, responseOn(this.#request, this.#socket));
  }

  readonly #onClientClosed = () => {
    if (this.#isSettled) return;
    this.#settle('client-gone', null);
    this.#upstream?.destroy();
    this.#far?.destroy();
  };

  readonly #onCut = () => {
    if (this.#isSettled) return;
    this.#stopWaiting();
    const reason: unknown = this.#options.signal?.reason;
    const error =
      reason instanceof Error
        ? reason
        : new TunnelError('POSTERN_TUNNEL_CLOSED', 'the upgrade was cut', { cause: reason });
    this.#settle('cut', error);
    this.#drop(error);
  };

  #settle(kind: ForwardOutcome['kind'], error: Error | null, response: http.IncomingMessage | null = null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.signal?.removeEventListener('abort', this.#onCut);
    this.#resolve({ kind, status: this.#status, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut, error, response });
  }
}

/** Carries bytes one way, with back-pressure, and the end with them. Resolves at that end; rejects never: errors are the streams' own. */
function pump(from: Duplex, to: Duplex, count: (sizeBytes: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const onData = (chunk: Buffer) => {
      count(chunk.length);
      if (to.destroyed || to.writableEnded) return;
      if (!to.write(chunk)) from.pause();
    };
    to.on('drain', () => from.resume());
    from.on('data', onData);
    from.on('end', () => {
      if (!to.destroyed && !to.writableEnded) to.end();
      resolve();
    });
  });
}

/** @throws {TypeError} never: the parser that read these headers let through only what may stand in a head */
function headBytes(head: ResponseHead): Buffer {
  let text = `HTTP/1.1 ${head.status} ${head.statusMessage}\r\n`;
  for (let index = 0; index + 1 < head.headers.length; index += 2) {
    text += `${head.headers[index]}: ${head.headers[index + 1]}\r\n`;
  }
  return Buffer.from(`${text}\r\n`, 'latin1');
}
