import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Forwarding } from './forward.ts';
import type { ForwardOptions, ForwardOutcome } from './forward-options.ts';
import { joined, type RequestHead, writeHead } from './head.ts';
import type { ServerConnection } from './server-connection.ts';

/** An answer of one's own. */
export interface Answer {
  status: number;
  /** Names and values in turn, without any that frame the message. */
  headers: readonly string[];
  body: string | Buffer;
}

/** What stands in for a head that cannot be read. */
const unreadable: RequestHead = {
  method: 'GET',
  target: '/',
  headers: [],
  framing: { kind: 'none' },
  isPersistent: false,
  upgrade: undefined,
  expectsContinue: false,
};

/** One request on a connection, until its response is over. It is answered once, by {@link answer} or by {@link forward}. */
export class Exchange {
  readonly request: RequestHead;
  readonly #connection: ServerConnection;
  #isAnswered = false;

  constructor(connection: ServerConnection, request: RequestHead | undefined) {
    this.#connection = connection;
    this.request = request ?? unreadable;
  }

  /** The client's connection. */
  get stream(): Duplex {
    return this.#connection.stream;
  }

  get remoteAddress(): string {
    return (this.stream as Partial<Socket>).remoteAddress ?? '';
  }

  /** The client is gone: nothing can be answered any more. */
  get isGone(): boolean {
    return this.stream.destroyed;
  }

  get hasBody(): boolean {
    return this.request.framing.kind !== 'none';
  }

  /**
   * Answers without an upstream. The connection is kept where the request has been read in whole; a body that nobody will
   * read is not worth it.
   *
   * @returns bytes of the body; 0 where the client has its answer already, or is gone
   */
  answer({ status, headers, body }: Answer): number {
    if (this.#isAnswered || this.isGone) return 0;
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const isLast = !this.request.isPersistent || this.#connection.isBodyOutstanding;
    const head = writeHead(`HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}`, [
      ...headers,
      'Content-Length',
      String(bytes.length),
      ...(isLast ? ['Connection', 'close'] : []),
    ]);
    const hasBody = this.request.method !== 'HEAD';
    this.begin(head, hasBody ? bytes : undefined);
    this.#connection.done(isLast);
    return hasBody ? bytes.length : 0;
  }

  /**
   * One plain hop: sends the request on, streams both bodies with back-pressure, splices after a 101, and never times out.
   * May be called again after an outcome of `intercepted`, where the request has no body.
   *
   * @returns the outcome, once the response is over; never rejects
   */
  forward(options: ForwardOptions): Promise<ForwardOutcome> {
    return new Promise((resolve) => new Forwarding(this, this.#connection, options, resolve).start());
  }

  /** Sends the head of the one response, with the bytes that come right behind it. @returns false where the client lags */
  begin(head: string, bytes: Buffer | undefined): boolean {
    this.#isAnswered = true;
    return this.stream.write(joined(head, bytes));
  }
}

const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};
