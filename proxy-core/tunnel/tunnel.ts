import { type Clock, systemClock } from './clock.ts';
import { AcceptingConnection, defaultDrainMs, OpeningConnection } from './connection.ts';
import { dialTls } from './dial.ts';
import { TunnelError } from './errors.ts';
import { parseHostPort } from './host-port.ts';
import { streamResetsOfMany } from './http2/settings.ts';
import type { KeepaliveTimes } from './keepalive.ts';
import { KeptConnection, type LiveConnection } from './kept-connection.ts';
import { networkFingerprint, watchNetwork } from './network-watch.ts';
import type { Environment } from './outbound-proxy.ts';
import type { TunnelStream } from './tunnel-stream.ts';
import {
  reversedTunnelProtocol,
  type StreamAcceptor,
  type StreamOpener,
  type StreamTarget,
  type TunnelCredentials,
  type TunnelState,
  tunnelProtocol,
} from './types.ts';

/** One may be lost or busy with a full window; the other carries on. */
const defaultConnectionsPerPeer = 2;
/** How often the addresses are read again and the machine's network is looked at. */
const tickMs = 5000;

export interface TunnelOptions {
  /** `host:port` of every peer to hold connections to; read at the start, every few seconds, and by `refresh()`. */
  addresses(): readonly string[];
  /** Read at each dial. `undefined` (signed out) means: not now; `reconnectNow()` asks again at once. */
  credentials(): TunnelCredentials | undefined;
  /** `forward` opens streams towards the peer, `reversed` receives those that the peer opens. */
  mode: { kind: 'forward' } | { kind: 'reversed'; accept: StreamAcceptor };
  clock?: Clock;
  /** In [0, 1), for the jitter. */
  random?: () => number;
  connectionsPerPeer?: number;
  keepalive?: KeepaliveTimes;
  /** For HTTPS_PROXY and NO_PROXY; `process.env` by default. */
  environment?: Environment;
  /** The machine's network as a text that changes when it does. */
  networkFingerprint?: () => string;
}

/**
 * The dialling side of a tunnel: holds connections to every peer address and dials again whatever is lost.
 *
 * @example
 * const tunnel = new Tunnel({ addresses: () => ['controller.example:443'], credentials: () => held, mode: { kind: 'forward' } });
 * await tunnel.whenOpen(signal);
 * const agent = tunnelHttpAgent(tunnel, 'gateway');
 */
export class Tunnel implements StreamOpener {
  readonly #options: TunnelOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  #kept: KeptConnection[] = [];
  #state: TunnelState;
  readonly #listeners = new Set<(state: TunnelState) => void>();
  readonly #stopWatching: () => void;
  /** Breaks ties between equally busy connections. */
  #turn = 0;

  constructor(options: TunnelOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#state = { kind: 'connecting', attempt: 0, since: new Date(this.#clock.now()) };
    this.#stopWatching = watchNetwork({
      clock: this.#clock,
      intervalMs: tickMs,
      fingerprint: options.networkFingerprint ?? networkFingerprint,
      onTick: () => this.refresh(),
      onChange: () => this.reconnectNow(),
    });
    this.refresh();
  }

  get state(): TunnelState {
    return this.#state;
  }

  /** The shortest last keepalive round trip of the open connections; null before the first. */
  get latencyMs(): number | null {
    const known = this.#open().flatMap((connection) => connection.latencyMs ?? []);
    return known.length === 0 ? null : Math.min(...known);
  }

  /** Calls `listener` at each change, not with the present state. Returns its own undo. */
  onState(listener: (state: TunnelState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Opens a stream on the least busy connection; where that one turns out to be going, on the next.
   *
   * @throws {TunnelError} `POSTERN_TUNNEL_UNAVAILABLE` with no open connection, `POSTERN_TUNNEL_REFUSED` where the peer
   *   refuses the stream, `POSTERN_TUNNEL_CLOSED` after `close()`
   */
  async open(target: StreamTarget, options: { signal?: AbortSignal } = {}): Promise<TunnelStream> {
    if (this.#options.mode.kind === 'reversed') {
      throw new TunnelError('POSTERN_TUNNEL_REFUSED', 'a reversed tunnel receives streams; it opens none');
    }
    let lost: unknown;
    const tried = new Set<LiveConnection>();
    for (;;) {
      const connection = this.#leastBusy(tried);
      if (connection === undefined) throw this.#unavailable(lost);
      tried.add(connection);
      try {
        return await connection.open(target, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!(error instanceof TunnelError) || error.code === 'POSTERN_TUNNEL_REFUSED') throw error;
        lost = error;
      }
    }
  }

  /**
   * Resolves once open.
   *
   * @throws {TunnelError} `POSTERN_TUNNEL_CLOSED` after `close()`; the signal's reason on abort
   */
  whenOpen(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (state: TunnelState) => {
        if (state.kind === 'open') finish(resolve);
        else if (state.kind === 'closed') finish(() => reject(closed()));
      };
      const onAbort = () => finish(() => reject(signal?.reason));
      const undo = this.onState(look);
      const finish = (then: () => void) => {
        undo();
        signal?.removeEventListener('abort', onAbort);
        then();
      };
      if (signal?.aborted) onAbort();
      else {
        signal?.addEventListener('abort', onAbort, { once: true });
        look(this.#state);
      }
    });
  }

  /** After sleep, a network change or a sign-in: dials now what waits, and checks at once what seems open. */
  reconnectNow(): void {
    this.refresh();
    for (const kept of this.#kept) kept.reconnectNow();
  }

  /** Reads the addresses again: dials new ones, lets connections to former ones run dry. */
  refresh(): void {
    if (this.#state.kind === 'closed') return;
    const wanted = new Set(this.#options.addresses());
    const former = this.#kept.filter(({ address }) => !wanted.has(address));
    const known = new Set(this.#kept.map(({ address }) => address));
    const added: KeptConnection[] = [];
    for (const address of wanted) {
      if (known.has(address)) continue;
      for (let count = this.#options.connectionsPerPeer ?? defaultConnectionsPerPeer; count > 0; count -= 1) {
        added.push(
          new KeptConnection({
            address,
            dial: (to, signal) => this.#dial(to, signal),
            clock: this.#clock,
            random: this.#random,
            onChange: () => this.#update(),
          }),
        );
      }
    }
    if (former.length === 0 && added.length === 0) return;
    this.#kept = [...this.#kept.filter(({ address }) => wanted.has(address)), ...added];
    for (const kept of former) void kept.stop(Number.POSITIVE_INFINITY);
    for (const kept of added) kept.start();
    this.#update();
  }

  /**
   * Moves every connection onto the present credentials: dials anew, then lets the former ones run dry.
   *
   * @throws {TunnelError} of the first dial that failed; that connection stays as it was
   */
  async rotate(): Promise<void> {
    const results = await Promise.allSettled(this.#kept.map((kept) => kept.rotate()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Ordered: no new streams, running ones may finish for `drainMs`, then everything is destroyed. */
  async close(options: { drainMs?: number } = {}): Promise<void> {
    this.#stopWatching();
    const kept = this.#kept;
    this.#kept = [];
    this.#set({ kind: 'closed', reason: { kind: 'local' } });
    await Promise.all(kept.map((one) => one.stop(options.drainMs ?? defaultDrainMs)));
    this.#listeners.clear();
  }

  async #dial(address: string, signal: AbortSignal): Promise<LiveConnection> {
    const credentials = this.#options.credentials();
    if (credentials === undefined) {
      throw new TunnelError('POSTERN_TUNNEL_UNAVAILABLE', `no certificate to show to ${address}`, {
        hint: 'sign in first',
      });
    }
    const { mode } = this.#options;
    const socket = await dialTls({
      ...parseHostPort(address),
      ...credentials,
      protocol: mode.kind === 'forward' ? tunnelProtocol : reversedTunnelProtocol,
      environment: this.#options.environment ?? process.env,
      signal,
    });
    const options = { address, clock: this.#clock, keepalive: this.#options.keepalive };
    const connection =
      mode.kind === 'forward'
        ? new OpeningConnection(socket, options)
        : new AcceptingConnection(socket, mode.accept, { ...options, resets: streamResetsOfMany });
    try {
      await connection.ready(signal);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  #open(): LiveConnection[] {
    return this.#kept.flatMap(({ state }) => (state.kind === 'open' ? [state.connection] : []));
  }

  #leastBusy(except: ReadonlySet<LiveConnection>): OpeningConnection | undefined {
    const usable = this.#open().filter(
      (connection) => connection instanceof OpeningConnection && connection.acceptsStreams && !except.has(connection),
    ) as OpeningConnection[];
    if (usable.length === 0) return undefined;
    this.#turn = (this.#turn + 1) % usable.length;
    const inTurn = [...usable.slice(this.#turn), ...usable.slice(0, this.#turn)];
    return inTurn.reduce((least, connection) => (connection.openStreams < least.openStreams ? connection : least));
  }

  #unavailable(lost: unknown): TunnelError {
    if (this.#state.kind === 'closed') return closed();
    if (lost instanceof TunnelError) return lost;
    const cause = this.#state.kind === 'waiting' ? this.#state.lastError : undefined;
    const why = cause === undefined ? 'it is connecting' : cause.message;
    return new TunnelError('POSTERN_TUNNEL_UNAVAILABLE', `the tunnel is not open: ${why}`, {
      cause,
      hint: cause?.hint,
    });
  }

  /** The state of the whole from the states of its connections. */
  #update(): void {
    if (this.#state.kind === 'closed') return;
    const states = this.#kept.map(({ state }) => state);
    const open = states.filter((state) => state.kind === 'open').sort((a, b) => a.since - b.since)[0];
    if (open !== undefined) {
      if (this.#state.kind === 'open' && this.#state.peer === open.connection.peer) return;
      const since = this.#state.kind === 'open' ? this.#state.since : new Date(open.since);
      this.#set({ kind: 'open', peer: open.connection.peer, since });
      return;
    }
    const connecting = states.filter((state) => state.kind === 'connecting').sort((a, b) => a.attempt - b.attempt)[0];
    if (connecting !== undefined) {
      if (this.#state.kind === 'connecting' && this.#state.attempt === connecting.attempt) return;
      this.#set({ kind: 'connecting', attempt: connecting.attempt, since: new Date(connecting.since) });
      return;
    }
    const waiting = states.filter((state) => state.kind === 'waiting').sort((a, b) => a.retryAt - b.retryAt)[0];
    if (waiting !== undefined) {
      this.#set({ kind: 'waiting', retryAt: new Date(waiting.retryAt), lastError: waiting.error });
      return;
    }
    const lastError = new TunnelError('POSTERN_TUNNEL_UNAVAILABLE', 'no address to dial is known');
    this.#set({ kind: 'waiting', retryAt: new Date(this.#clock.now() + tickMs), lastError });
  }

  #set(state: TunnelState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

function closed(): TunnelError {
  return new TunnelError('POSTERN_TUNNEL_CLOSED', 'the tunnel was closed');
}
