import type { MessageChannelMain, MessagePortMain, UtilityProcess } from 'electron';
import type { WireError } from '../proxy-core/contract/errors.ts';
import type { CoreProcessEvent, CoreProcessRequest } from '../proxy-core/core/types.ts';
import { backOffGraceMs, backOffMs } from '../proxy-core/tunnel/back-off.ts';

/** The core's process is always in exactly one of these. */
export type CoreProcessState =
  | { kind: 'not-started' }
  | { kind: 'starting' }
  | { kind: 'running'; since: number }
  /** It crashed; another is started in a moment. */
  | { kind: 'waiting' }
  /** It said itself why it cannot run; only `start` tries again. */
  | { kind: 'failed'; error: WireError }
  | { kind: 'stopping' }
  /** It ended because somebody asked it to. */
  | { kind: 'stopped' };

/** How long an ordered end may take. */
export const stopTimeoutMs = 8_000;

type Process = Pick<UtilityProcess, 'postMessage' | 'kill' | 'on'>;
/** Whoever wants to speak to the core gets one end of a channel of its own. */
export type PortTaker = (port: MessagePortMain) => void;

export interface CoreHostOptions {
  fork(): Process;
  createChannel(): Pick<MessageChannelMain, 'port1' | 'port2'>;
  /** What the core is told at each start. */
  start: Omit<Extract<CoreProcessRequest, { kind: 'start' }>, 'kind'>;
  /** @throws what the person should know where no browser opens */
  openBrowser(url: string): Promise<void>;
  onState(state: CoreProcessState): void;
  clock: { now(): number; setTimeout(callback: () => void, ms: number): unknown; clearTimeout(timer: unknown): void };
  random(): number;
}

/**
 * Runs the core in a process of its own and starts it anew when it crashes, ever more slowly while it keeps crashing. Windows
 * stay: their ports close, they ask again, and get a port to the next core as soon as there is one.
 */
export class CoreHost {
  readonly #options: CoreHostOptions;
  readonly #waiting = new Set<PortTaker>();
  #process: Process | undefined;
  #state: CoreProcessState = { kind: 'not-started' };
  #attempt = 0;
  #timer: unknown;
  #ended: (() => void)[] = [];

  constructor(options: CoreHostOptions) {
    this.#options = options;
  }

  get state(): CoreProcessState {
    return this.#state;
  }

  /** Starts the core unless it runs. */
  start(): void {
    if (this.#process || this.#state.kind === 'stopping') return;
    this.#options.clock.clearTimeout(this.#timer);
    const child = this.#options.fork();
    this.#process = child;
    this.#enter({ kind: 'starting' });
    child.on('message', (event: CoreProcessEvent) => this.#hear(child, event));
    child.on('exit', () => this.#lost(child));
    this.#say({ kind: 'start', ...this.#options.start });
    for (const take of this.#waiting) this.#connect(child, take);
    this.#waiting.clear();
  }

  /** Gives a port to the core: now, or once it is started. Asking twice while there is none gives one. */
  connect(take: PortTaker): void {
    if (this.#process) this.#connect(this.#process, take);
    else this.#waiting.add(take);
  }

  networkChanged(): void {
    this.#say({ kind: 'network-changed' });
  }

  /** Ordered and idempotent; ends the process by force where it does not end by itself. */
  stop(): Promise<void> {
    const { clock } = this.#options;
    this.#waiting.clear();
    const child = this.#process;
    if (!child) {
      clock.clearTimeout(this.#timer);
      return Promise.resolve();
    }
    const ended = new Promise<void>((resolve) => this.#ended.push(resolve));
    if (this.#state.kind !== 'stopping') {
      this.#enter({ kind: 'stopping' });
      this.#say({ kind: 'stop' });
      this.#timer = clock.setTimeout(() => child.kill(), stopTimeoutMs);
    }
    return ended;
  }

  #connect(child: Process, take: PortTaker): void {
    const { port1, port2 } = this.#options.createChannel();
    child.postMessage({ kind: 'window' } satisfies CoreProcessRequest, [port2]);
    take(port1);
  }

  #hear(child: Process, event: CoreProcessEvent): void {
    if (child !== this.#process) return;
    switch (event.kind) {
      case 'ready':
        if (this.#state.kind === 'starting') this.#enter({ kind: 'running', since: this.#options.clock.now() });
        break;
      case 'failed':
        this.#enter({ kind: 'failed', error: event.error });
        break;
      case 'open-browser':
        void this.#openBrowser(child, event);
        break;
      case 'stopped':
        if (this.#state.kind !== 'stopping') this.#enter({ kind: 'stopped' });
        break;
      default:
        event satisfies never;
    }
  }

  async #openBrowser(child: Process, { id, url }: { id: number; url: string }): Promise<void> {
    const problem = await this.#options.openBrowser(url).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (child === this.#process) this.#say({ kind: 'browser-opened', id, problem });
  }

  #lost(child: Process): void {
    if (child !== this.#process) return;
    this.#process = undefined;
    const { clock, random } = this.#options;
    clock.clearTimeout(this.#timer);
    for (const ended of this.#ended.splice(0)) ended();
    const { kind } = this.#state;
    if (kind === 'stopping') this.#enter({ kind: 'stopped' });
    if (kind !== 'starting' && kind !== 'running') return;
    if (this.#state.kind === 'running' && clock.now() - this.#state.since >= backOffGraceMs) this.#attempt = 0;
    this.#timer = clock.setTimeout(() => this.start(), backOffMs(this.#attempt++, random));
    this.#enter({ kind: 'waiting' });
  }

  #say(request: CoreProcessRequest): void {
    this.#process?.postMessage(request);
  }

  #enter(state: CoreProcessState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
