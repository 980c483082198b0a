import type { TLSSocket } from 'node:tls';
import { fromWireError, type PosternError, toWireError } from '../contract/errors.ts';
import { type Clock, systemClock } from './clock.ts';
import { TunnelError } from './errors.ts';
import { errorCode, Http2Error } from './http2/frames.ts';
import type { Fields } from './http2/hpack.ts';
import type { Rate } from './http2/rate-limit.ts';
import { Session, type SessionListener } from './http2/session.ts';
import type { Http2Stream } from './http2/stream.ts';
import { defaultKeepalive, type Keepalive, type KeepaliveTimes, keepAlive } from './keepalive.ts';
import { TunnelStream } from './tunnel-stream.ts';
import type {
  CloseReason,
  PeerIdentity,
  StreamAcceptor,
  StreamOpener,
  StreamTarget,
  TunnelConnection,
} from './types.ts';

/** How long an ordered close lets running streams finish. */
export const defaultDrainMs = 5000;
/** How long the last frames (a reason, a reset) get to leave before the socket is destroyed. */
const lingerMs = 1000;

const targets: ReadonlySet<string> = new Set<StreamTarget>(['gateway', 'api', 'control', 'kubernetes']);
const refusalHeader = 'postern-refusal';

export interface ConnectionOptions {
  clock?: Clock;
  keepalive?: KeepaliveTimes;
  /** How many streams may end by a reset, where the peer opens them; by default as many as of one client. */
  resets?: Rate;
  /** As dialled; by default what the socket says. */
  address?: string;
}

/** One TLS connection with HTTP/2 on it: its life, its keepalive and its ordered end. Both roles build on it. */
abstract class Http2Connection implements TunnelConnection {
  readonly peer: PeerIdentity;
  protected readonly session: Session;
  readonly #socket: TLSSocket;
  readonly #clock: Clock;
  readonly #streams = new Set<TunnelStream>();
  readonly #listeners = new Set<(reason: CloseReason) => void>();
  readonly #readyListeners = new Set<() => void>();
  readonly #goodbyeListeners = new Set<(error: PosternError | null) => void>();
  readonly #keepalive: Keepalive;
  #latencyMs: number | null = null;
  #isClosing = false;
  /** Why it will have ended; set by the first thing that ends it. */
  #reason: CloseReason | undefined;
  #isClosed = false;

  constructor(
    socket: TLSSocket,
    role: 'client' | 'server',
    onStream: SessionListener['onStream'],
    options: ConnectionOptions,
  ) {
    this.#socket = socket;
    this.#clock = options.clock ?? systemClock;
    const commonName: unknown = socket.getPeerCertificate()?.subject?.CN;
    this.peer = {
      address: options.address ?? `${socket.remoteAddress ?? 'unknown'}:${socket.remotePort ?? 0}`,
      commonName: typeof commonName === 'string' ? commonName : '',
    };
    socket.setNoDelay(true);
    this.session = new Session(
      socket,
      role,
      {
        onReady: () => {
          for (const listener of this.#readyListeners) listener();
        },
        onStream,
        onGoodbye: (debugData) => this.#goodbye(debugData),
        onClose: (error) => this.#ended(error),
      },
      options.resets,
    );
    this.#keepalive = keepAlive(this.session, {
      clock: this.#clock,
      times: options.keepalive ?? defaultKeepalive,
      bytesRead: () => socket.bytesRead,
      onRoundTrip: (durationMs) => {
        this.#latencyMs = durationMs;
      },
      onDead: () => {
        this.#reason ??= { kind: 'lost', error: this.lost(new Error('it stopped answering')) };
        this.#cut();
        // No goodbye: nobody is there to hear it.
        socket.destroy();
      },
    });
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  get acceptsStreams(): boolean {
    return !this.#isClosing && !this.session.isClosing;
  }

  /**
   * Awaits the peer's SETTINGS: under TLS 1.3 a client learns only after its own handshake whether the server took its
   * certificate, so a connection counts as open from here.
   *
   * @throws {TunnelError} `POSTERN_TUNNEL_REFUSED` where the peer closed instead
   */
  ready(signal: AbortSignal): Promise<void> {
    if (this.session.isReady) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onReady = () => finish(resolve);
      const onAbort = () => finish(() => reject(signal.reason));
      const undo = this.onClose((reason) => finish(() => reject(refusal(this.peer.address, reason))));
      const finish = (then: () => void) => {
        this.#readyListeners.delete(onReady);
        signal.removeEventListener('abort', onAbort);
        undo();
        then();
      };
      this.#readyListeners.add(onReady);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Pings now; where no answer comes within `timeoutMs` the connection is given up. */
  checkNow(timeoutMs: number): void {
    this.#keepalive.checkNow(timeoutMs);
  }

  onClose(listener: (reason: CloseReason) => void): () => void {
    if (this.#isClosed && this.#reason !== undefined) listener(this.#reason);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls `listener` once the peer takes no new streams, with its reason; the connection runs on until they are over. */
  onGoodbye(listener: (error: PosternError | null) => void): void {
    this.#goodbyeListeners.add(listener);
  }

  async close(options: { drainMs?: number; reason?: PosternError } = {}): Promise<void> {
    if (this.#isClosed) return;
    const gone = new Promise<void>((resolve) => this.onClose(() => resolve()));
    const drainMs = options.drainMs ?? defaultDrainMs;
    this.#reason ??= { kind: 'local' };
    this.#sayGoodbye(options.reason);
    this.#retire();
    this.session.close();
    const deadline = Number.isFinite(drainMs) ? this.#clock.setTimeout(() => this.#cut(), drainMs) : undefined;
    await gone;
    this.#clock.clearTimeout(deadline);
  }

  destroy(reason?: PosternError): void {
    if (this.#isClosed) return;
    this.#reason ??= { kind: 'local' };
    this.#sayGoodbye(reason);
    this.#cut();
  }

  protected lost(cause?: Error): TunnelError {
    const why = cause === undefined ? '' : `: ${cause.message}`;
    return new TunnelError('POSTERN_TUNNEL_LOST', `the tunnel to ${this.peer.address} broke${why}`, { cause });
  }

  protected hold(stream: Http2Stream, target: StreamTarget): TunnelStream {
    const held = new TunnelStream(stream, target, this.peer);
    this.#streams.add(held);
    held.once('close', () => this.#streams.delete(held));
    // Whoever uses the stream hears of errors through its own listeners or its `close`.
    held.on('error', ignore);
    return held;
  }

  /** The peer takes no new streams; what it gave as the reason stands in the GOAWAY's debug data. */
  #goodbye(debugData: Buffer): void {
    let error: PosternError | null = null;
    if (debugData.length > 0) {
      try {
        error = fromWireError(JSON.parse(debugData.toString('utf8')));
      } catch {
        error = new TunnelError('POSTERN_TUNNEL_REFUSED', `${this.peer.address} closed the tunnel`);
      }
    }
    const known = this.#reason;
    if (known === undefined || (known.kind === 'peer' && known.error === null)) this.#reason = { kind: 'peer', error };
    this.#retire();
    for (const listener of this.#goodbyeListeners) listener(error);
    this.#goodbyeListeners.clear();
  }

  #sayGoodbye(reason: PosternError | undefined): void {
    this.session.sayGoodbye(Buffer.from(reason === undefined ? '' : JSON.stringify(toWireError(reason))));
  }

  #retire(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    for (const stream of this.#streams) stream.retire();
  }

  /** Resets every stream and ends the socket once the last frames are out. */
  #cut(): void {
    this.#isClosing = true;
    const error = new TunnelError('POSTERN_TUNNEL_LOST', `the tunnel to ${this.peer.address} was closed`);
    for (const stream of this.#streams) stream.destroy(error);
    this.session.destroy();
    const socket = this.#socket;
    if (!socket.destroyed) {
      const linger = setTimeout(() => socket.destroy(), lingerMs).unref();
      socket.once('close', () => clearTimeout(linger));
    }
  }

  #ended(cause: Error | undefined): void {
    this.#isClosed = true;
    this.#isClosing = true;
    this.#keepalive.stop();
    this.#reason ??= { kind: 'lost', error: this.lost(cause) };
    const error = this.#reason.kind === 'lost' ? this.#reason.error : this.lost();
    for (const stream of this.#streams) stream.lost(error);
    for (const listener of this.#listeners) listener(this.#reason);
    this.#listeners.clear();
  }
}

/** The end that may open streams: the HTTP/2 client. */
export class OpeningConnection extends Http2Connection implements StreamOpener {
  constructor(socket: TLSSocket, options: ConnectionOptions = {}) {
    super(socket, 'client', () => {}, options);
  }

  async open(target: StreamTarget, options: { signal?: AbortSignal } = {}): Promise<TunnelStream> {
    const { signal } = options;
    signal?.throwIfAborted();
    const held = this.#request(target);
    return await new Promise<TunnelStream>((resolve, reject) => {
      const onAbort = () => {
        settle(() => reject(signal?.reason));
        held.destroy();
      };
      const onAnswer = (fields: ReadonlyMap<string, string>) => {
        if (fields.get(':status') === '200') {
          settle(() => resolve(held));
          return;
        }
        settle(() => reject(this.#refused(target, fields)));
        held.destroy();
      };
      const onGone = () => settle(() => reject(this.lost()));
      const settle = (finish: () => void) => {
        held.off('answer', onAnswer).off('close', onGone);
        signal?.removeEventListener('abort', onAbort);
        finish();
      };
      held.once('answer', onAnswer).once('close', onGone);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #request(target: StreamTarget): TunnelStream {
    try {
      if (this.acceptsStreams) return this.hold(this.session.open(connect(target)), target);
    } catch (error) {
      if (!(error instanceof Http2Error)) throw error;
    }
    throw new TunnelError('POSTERN_TUNNEL_UNAVAILABLE', `the tunnel to ${this.peer.address} takes no new streams`);
  }

  #refused(target: StreamTarget, fields: ReadonlyMap<string, string>): TunnelError {
    const said = fields.get(refusalHeader);
    let cause: PosternError | undefined;
    try {
      if (said !== undefined) cause = fromWireError(JSON.parse(decodeURIComponent(said)));
    } catch {
      // A refusal whose reason cannot be read is still a refusal.
    }
    const why = cause === undefined ? `status ${fields.get(':status')}` : cause.message;
    return new TunnelError('POSTERN_TUNNEL_REFUSED', `${this.peer.address} refused a ${target} stream: ${why}`, {
      cause,
    });
  }
}

/** @see RFC 9113 section 8.5 */
function connect(target: StreamTarget): Fields {
  return [
    [':method', 'CONNECT'],
    [':authority', target],
  ];
}

/** The end that receives streams: the HTTP/2 server. */
export class AcceptingConnection extends Http2Connection {
  constructor(socket: TLSSocket, accept: StreamAcceptor, options: ConnectionOptions = {}) {
    super(
      socket,
      'server',
      (stream, fields) => {
        const target = fields.get(':authority');
        if (fields.get(':method') !== 'CONNECT' || target === undefined || !isTarget(target)) {
          stream.sendHeaders([[':status', '404']], { isEnd: true });
          stream.reset(errorCode.none);
          return;
        }
        const held = this.hold(stream, target);
        try {
          accept(target, held);
        } catch (error) {
          refuse(stream, held, error);
          return;
        }
        stream.accept();
      },
      options,
    );
  }
}

function refuse(stream: Http2Stream, held: TunnelStream, error: unknown): void {
  if (!stream.hasSentHeaders) {
    const reason = encodeURIComponent(JSON.stringify(toWireError(error)));
    stream.sendHeaders(
      [
        [':status', '503'],
        [refusalHeader, reason],
      ],
      { isEnd: true },
    );
  }
  held.end();
  held.resume();
}

function refusal(address: string, reason: CloseReason): TunnelError {
  const cause = reason.kind === 'local' ? null : reason.error;
  const why = cause === null ? '' : `: ${cause.message}`;
  return new TunnelError('POSTERN_TUNNEL_REFUSED', `${address} refused the tunnel${why}`, {
    cause: cause ?? undefined,
    hint: cause?.hint ?? 'the certificate may be expired or revoked; sign in again',
  });
}

function isTarget(value: string): value is StreamTarget {
  return targets.has(value);
}

function ignore(): void {}
