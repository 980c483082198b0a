import type { Agent } from 'node:http';
import type { ConnectionState } from '../contract/app.ts';
import type { LiveEvent } from '../contract/controller.ts';
import { PosternError } from '../contract/errors.ts';
import { fetchOver, Tunnel, type TunnelCredentials, type TunnelState, tunnelHttpAgent } from '../tunnel/index.ts';
import { type ControllerClient, controllerClient } from './controller-client.ts';
import { followLive } from './follow-live.ts';
import { problemOf } from './problem.ts';
import { type Clock, isoTime, type Logger, type Random } from './surroundings.ts';

interface ConnectionOptions {
  replicas: readonly string[];
  credentials(): TunnelCredentials | undefined;
  onLive(event: LiveEvent): void;
  /** The state or the latency is another. */
  onChange(): void;
  /** The controller said why it will not have us. */
  onRefused(reason: PosternError): void;
  clock: Clock;
  random: Random;
  logger: Logger;
}

/** How long a call waits for a tunnel that is being opened. */
const callWaitMs = 5_000;
const latencyPeriodMs = 10_000;

/** One sign-in's way to the controller: the tunnel, the API inside it and the feed of pushes. */
export class Connection {
  readonly tunnel: Tunnel;
  readonly #options: ConnectionOptions;
  readonly #agent: Agent;
  readonly #api: ControllerClient;
  readonly #ending = new AbortController();
  #replicas: readonly string[];
  #live = false;
  #lostAt: string | undefined;
  #latencyTimer: unknown;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#replicas = options.replicas;
    this.tunnel = new Tunnel({
      addresses: () => this.#replicas,
      credentials: options.credentials,
      mode: { kind: 'forward' },
      clock: options.clock,
      random: options.random,
    });
    this.#agent = tunnelHttpAgent(this.tunnel, 'api');
    const origin = 'http://postern';
    this.#api = controllerClient(fetchOver(this.#agent, origin), origin);
    this.tunnel.onState((state) => this.#tunnelChanged(state));
    this.#watchLatency();
    void followLive({
      live: this.#api.live,
      whenOpen: (signal) => this.tunnel.whenOpen(signal),
      onEvent: (event) => this.#received(event),
      onBreak: (error) => this.#broke(error),
      signal: this.#ending.signal,
      clock: options.clock,
      random: options.random,
      logger: options.logger,
    });
  }

  /** Whether what the feed pushed last still holds. */
  get live(): boolean {
    return this.#live;
  }

  /** Asked at every request, unlike {@link state}. */
  get isOpen(): boolean {
    return this.tunnel.state.kind === 'open';
  }

  /** When the feed broke, until it is back. */
  get lostAt(): string | undefined {
    return this.#lostAt;
  }

  get state(): ConnectionState {
    const { state } = this.tunnel;
    switch (state.kind) {
      case 'connecting':
        return { kind: 'connecting', attempt: state.attempt, since: state.since.toISOString() };
      case 'open':
        return {
          kind: 'open',
          controller: state.peer.address,
          since: state.since.toISOString(),
          latencyMs: this.tunnel.latencyMs,
        };
      case 'waiting':
        return { kind: 'waiting', retryAt: state.retryAt.toISOString(), problem: problemOf(state.lastError) };
      case 'closed':
        return { kind: 'idle' };
      default:
        return state satisfies never;
    }
  }

  /**
   * The controller's API, once the tunnel is open.
   *
   * @throws {TunnelError} the reason why it is not, after {@link callWaitMs}
   */
  async api(signal?: AbortSignal): Promise<ControllerClient> {
    const waiting = AbortSignal.timeout(callWaitMs);
    try {
      await this.tunnel.whenOpen(signal ? AbortSignal.any([signal, waiting]) : waiting);
    } catch (error) {
      const { state } = this.tunnel;
      throw !signal?.aborted && state.kind === 'waiting' ? state.lastError : error;
    }
    return this.#api;
  }

  /** @param drainMs how long running streams may go on */
  async close(drainMs: number): Promise<void> {
    this.#live = false;
    this.#ending.abort();
    this.#options.clock.clearTimeout(this.#latencyTimer);
    await this.tunnel.close({ drainMs });
    this.#agent.destroy();
  }

  #received(event: LiveEvent): void {
    if (event.kind === 'snapshot' || event.kind === 'replicas') {
      this.#replicas = event.replicas;
      this.tunnel.refresh();
    }
    if (event.kind === 'snapshot') {
      this.#live = true;
      this.#lostAt = undefined;
    }
    this.#options.onLive(event);
  }

  #broke(error: unknown): void {
    if (this.#live) this.#lostAt = isoTime(this.#options.clock.now());
    this.#live = false;
    if (error instanceof PosternError) this.#options.onRefused(error);
    this.#options.onChange();
  }

  #tunnelChanged(state: TunnelState): void {
    if (state.kind === 'waiting' && state.lastError.cause instanceof PosternError) {
      this.#options.onRefused(state.lastError.cause);
    }
    if (state.kind === 'closed' && state.reason.kind === 'peer' && state.reason.error) {
      this.#options.onRefused(state.reason.error);
    }
    this.#options.onChange();
  }

  #watchLatency(): void {
    this.#latencyTimer = this.#options.clock.setTimeout(() => {
      this.#options.onChange();
      this.#watchLatency();
    }, latencyPeriodMs);
  }
}
