import type { LiveEvent } from '../../../proxy-core/contract/controller.ts';

/** Session events that may wait for a slow reader; past this it gets everything anew, as one snapshot. */
const maxWaiting = 256;

type Pushed = Exclude<LiveEvent, { kind: 'snapshot' }>;

/** One reader of the pushes to a device. Only the newest of each thing waits, so that what waits is bounded. */
class Subscriber {
  readonly #waiting = new Map<string, LiveEvent>();
  readonly #snapshot: () => LiveEvent;
  #wake: (() => void) | undefined;

  constructor(snapshot: () => LiveEvent) {
    this.#snapshot = snapshot;
    this.#waiting.set('snapshot', snapshot());
  }

  push(event: Pushed): void {
    const key = event.kind === 'session' ? `session/${event.session.id}` : event.kind;
    // Re-inserted, so that the order stays that of the news.
    this.#waiting.delete(key);
    if (this.#waiting.size >= maxWaiting && event.kind !== 'revoked') {
      this.#waiting.clear();
      this.#waiting.set('snapshot', this.#snapshot());
    } else this.#waiting.set(key, event);
    this.#wake?.();
  }

  async *read(signal: AbortSignal): AsyncGenerator<LiveEvent, void, undefined> {
    const wake = () => this.#wake?.();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        for (const [key, event] of this.#waiting) {
          this.#waiting.delete(key);
          yield event;
          if (event.kind === 'revoked' || signal.aborted) return;
        }
        if (signal.aborted) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }
}

/** The pushes to signed-in devices: to each first everything as it is, then what changes. */
export class LiveFeed {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #ended = new AbortController();

  /** @param snapshot called for the first event, and again for a reader that was too slow */
  async *subscribe(
    deviceId: string,
    snapshot: () => LiveEvent,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    const subscriber = new Subscriber(snapshot);
    const others = this.#subscribers.get(deviceId) ?? new Set();
    this.#subscribers.set(deviceId, others.add(subscriber));
    try {
      yield* subscriber.read(signal ? AbortSignal.any([signal, this.#ended.signal]) : this.#ended.signal);
    } finally {
      others.delete(subscriber);
      if (others.size === 0 && this.#subscribers.get(deviceId) === others) this.#subscribers.delete(deviceId);
    }
  }

  subscribedDevices(): string[] {
    return [...this.#subscribers.keys()];
  }

  push(deviceId: string, event: Pushed): void {
    for (const subscriber of this.#subscribers.get(deviceId) ?? []) subscriber.push(event);
  }

  /** Ends every subscription. */
  close(): void {
    this.#ended.abort();
  }
}
