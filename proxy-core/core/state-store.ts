import type { AppState, StateEvent } from '../contract/app.ts';

/**
 * The one place of the core's live state. Each watcher gets a snapshot and then what changed since it last asked: changes
 * are merged while it is busy, so a slow window holds at most one whole state, however much happens.
 */
export class StateStore {
  #state: AppState;
  readonly #watchers = new Set<Watcher>();
  #ended = false;

  constructor(initial: AppState) {
    this.#state = initial;
  }

  get state(): AppState {
    return this.#state;
  }

  /** Fields that are as they were cause no event. */
  update(changes: Partial<AppState>): void {
    const real = Object.fromEntries(
      Object.entries(changes).filter(
        ([name, value]) => JSON.stringify(value) !== JSON.stringify(this.#state[name as keyof AppState]),
      ),
    ) as Partial<AppState>;
    if (Object.keys(real).length === 0) return;
    this.#state = { ...this.#state, ...real };
    for (const watcher of [...this.#watchers]) watcher.changed(real);
  }

  /** Ends with the signal, with `return()` and with {@link end}. */
  watch(signal?: AbortSignal): AsyncIterableIterator<StateEvent> {
    const watcher = new Watcher({ kind: 'snapshot', state: this.#state }, () => {
      this.#watchers.delete(watcher);
      signal?.removeEventListener('abort', end);
    });
    const end = () => void watcher.return();
    this.#watchers.add(watcher);
    signal?.addEventListener('abort', end, { once: true });
    if (this.#ended || signal?.aborted) end();
    return watcher;
  }

  end(): void {
    this.#ended = true;
    for (const watcher of [...this.#watchers]) void watcher.return();
  }
}

class Watcher implements AsyncIterableIterator<StateEvent> {
  #snapshot: StateEvent | undefined;
  #changes: Partial<AppState> | undefined;
  #ended = false;
  #wake: (() => void) | undefined;
  readonly #onEnd: () => void;

  constructor(snapshot: StateEvent, onEnd: () => void) {
    this.#snapshot = snapshot;
    this.#onEnd = onEnd;
  }

  changed(changes: Partial<AppState>): void {
    this.#changes = { ...this.#changes, ...changes };
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<StateEvent>> {
    while (!this.#ended) {
      const event = this.#take();
      if (event) return { done: false, value: event };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<StateEvent>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#snapshot = undefined;
      this.#changes = undefined;
      this.#onEnd();
      this.#wake?.();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): StateEvent | undefined {
    if (this.#snapshot) {
      const snapshot = this.#snapshot;
      this.#snapshot = undefined;
      return snapshot;
    }
    if (!this.#changes) return undefined;
    const changes = this.#changes;
    this.#changes = undefined;
    return { kind: 'changed', changes };
  }
}
