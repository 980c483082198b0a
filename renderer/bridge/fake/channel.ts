import { AsyncIteratorClass } from '@orpc/client';

/** Hands every event to everyone who listens at the time. */
export class Channel<Event> {
  readonly #listeners = new Set<(event: Event) => void>();

  publish(event: Event): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** @param first what a new listener gets before anything live */
  listen(first: Event[], signal?: AbortSignal): AsyncIteratorClass<Event> {
    const queue = [...first];
    let ended = false;
    let wake: () => void = () => {};
    const listener = (event: Event) => {
      queue.push(event);
      wake();
    };
    const end = () => {
      ended = true;
      this.#listeners.delete(listener);
      wake();
    };
    this.#listeners.add(listener);
    signal?.addEventListener('abort', end, { once: true });
    return new AsyncIteratorClass<Event>(
      async () => {
        while (queue.length === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        const event = queue.shift();
        return event === undefined ? { done: true, value: undefined } : { done: false, value: event };
      },
      async () => end(),
    );
  }
}
