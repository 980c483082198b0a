import { backOffGraceMs, backOffMs } from './back-off.ts';
import type { Clock } from './clock.ts';
import type { AcceptingConnection, OpeningConnection } from './connection.ts';
import { TunnelError } from './errors.ts';
import type { CloseReason } from './types.ts';

export type LiveConnection = OpeningConnection | AcceptingConnection;

export type KeptState =
  | { kind: 'connecting'; attempt: number; since: number }
  | { kind: 'open'; connection: LiveConnection; since: number }
  | { kind: 'waiting'; retryAt: number; error: TunnelError }
  | { kind: 'stopped' };

/** A dial must have come to an open tunnel within this: name lookup, TCP, proxy, TLS and HTTP/2 together. */
const dialTimeoutMs = 15_000;
/** After a network change, a connection that does not answer within this is taken for dead. */
const checkTimeoutMs = 3000;

export interface KeptConnectionOptions {
  address: string;
  /** @throws {TunnelError} where there is no connection to be had; the next try comes after a back-off */
  dial(address: string, signal: AbortSignal): Promise<LiveConnection>;
  clock: Clock;
  random: () => number;
  onChange(): void;
}

/** One connection to one address that comes back whenever it is lost, until it is stopped. */
export class KeptConnection {
  readonly address: string;
  readonly #options: KeptConnectionOptions;
  #state: KeptState;
  /** Failures in a row, a connection that was lost within the grace period counting as one. */
  #failures = 0;
  #retryTimer: unknown;
  #dialing: AbortController | undefined;
  /** Former connections that run dry. */
  readonly #former = new Set<LiveConnection>();

  constructor(options: KeptConnectionOptions) {
    this.address = options.address;
    this.#options = options;
    this.#state = { kind: 'connecting', attempt: 0, since: options.clock.now() };
  }

  get state(): KeptState {
    return this.#state;
  }

  start(): void {
    if (this.#state.kind === 'stopped') return;
    this.#set({ kind: 'connecting', attempt: this.#failures, since: this.#options.clock.now() });
    this.#dial().then(
      (connection) => this.#opened(connection),
      (error: TunnelError) => {
        this.#failures += 1;
        this.#wait(error);
      },
    );
  }

  /** Dials now if it waits; checks now if it is open. */
  reconnectNow(): void {
    if (this.#state.kind === 'waiting') {
      this.#options.clock.clearTimeout(this.#retryTimer);
      this.start();
    } else if (this.#state.kind === 'open') {
      this.#state.connection.checkNow(checkTimeoutMs);
    }
  }

  /**
   * Dials a second connection, puts it in the place of the first, and lets the first run dry.
   *
   * @throws {TunnelError} where the dial fails; the first then stays
   */
  async rotate(): Promise<void> {
    if (this.#state.kind !== 'open') {
      this.reconnectNow();
      return;
    }
    const former = this.#state.connection;
    const connection = await this.#dial();
    this.#opened(connection);
    this.#letRunDry(former);
    void former.close({ drainMs: Number.POSITIVE_INFINITY });
  }

  async stop(drainMs: number): Promise<void> {
    const former = this.#state;
    this.#set({ kind: 'stopped' });
    this.#options.clock.clearTimeout(this.#retryTimer);
    this.#dialing?.abort(new TunnelError('POSTERN_TUNNEL_CLOSED', `the tunnel to ${this.address} was closed`));
    if (former.kind === 'open') this.#letRunDry(former.connection);
    await Promise.all([...this.#former].map((connection) => connection.close({ drainMs })));
  }

  #letRunDry(connection: LiveConnection): void {
    this.#former.add(connection);
    connection.onClose(() => this.#former.delete(connection));
  }

  #opened(connection: LiveConnection): void {
    if (this.#state.kind === 'stopped') {
      void connection.close({ drainMs: 0 });
      return;
    }
    this.#options.clock.clearTimeout(this.#retryTimer);
    const since = this.#options.clock.now();
    this.#set({ kind: 'open', connection, since });
    const lost = (reason: CloseReason) => {
      // A connection that was replaced ends without anybody missing it.
      if (this.#state.kind !== 'open' || this.#state.connection !== connection) return;
      const isLongLived = this.#options.clock.now() - since >= backOffGraceMs;
      this.#failures = isLongLived ? 0 : this.#failures + 1;
      this.#wait(lossOf(this.address, reason));
    };
    connection.onGoodbye((error) => {
      this.#letRunDry(connection);
      lost({ kind: 'peer', error });
    });
    connection.onClose(lost);
  }

  #wait(error: TunnelError): void {
    if (this.#state.kind === 'stopped') return;
    const delayMs = backOffMs(Math.max(0, this.#failures - 1), this.#options.random);
    this.#set({ kind: 'waiting', retryAt: this.#options.clock.now() + delayMs, error });
    this.#options.clock.clearTimeout(this.#retryTimer);
    this.#retryTimer = this.#options.clock.setTimeout(() => this.start(), delayMs);
  }

  async #dial(): Promise<LiveConnection> {
    const dialing = new AbortController();
    this.#dialing = dialing;
    const timeout = this.#options.clock.setTimeout(() => {
      dialing.abort(
        new TunnelError('POSTERN_CONTROLLER_UNREACHABLE', `${this.address} did not answer within ${dialTimeoutMs} ms`),
      );
    }, dialTimeoutMs);
    try {
      return await this.#options.dial(this.address, dialing.signal);
    } catch (error) {
      if (error instanceof TunnelError) throw error;
      throw new TunnelError('POSTERN_INTERNAL', `dialling ${this.address} failed`, { cause: error });
    } finally {
      this.#options.clock.clearTimeout(timeout);
    }
  }

  #set(state: KeptState): void {
    this.#state = state;
    this.#options.onChange();
  }
}

function lossOf(address: string, reason: CloseReason): TunnelError {
  switch (reason.kind) {
    case 'lost':
      return reason.error;
    case 'peer':
      return new TunnelError(
        'POSTERN_TUNNEL_LOST',
        `${address} closed the tunnel${reason.error === null ? '' : `: ${reason.error.message}`}`,
        { cause: reason.error ?? undefined, hint: reason.error?.hint },
      );
    case 'local':
      return new TunnelError('POSTERN_TUNNEL_CLOSED', `the tunnel to ${address} was closed`);
    default:
      return reason satisfies never;
  }
}
