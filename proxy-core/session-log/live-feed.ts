import type { SessionLogEvent } from '../contract/app.ts';

/** Events that may wait for one slow reader. Beyond it the oldest requests go first: sessions and commands carry the totals. */
export const feedLimit = 2000;

/**
 * The changes of the log for one reader. An event that the reader has not taken yet is replaced by a newer one of the same
 * session, command or request, so that a slow reader costs a bounded amount of memory and still ends up with what is true.
 */
export class LiveFeed implements AsyncIterableIterator<SessionLogEvent> {
  readonly #waiting = new Map<string, SessionLogEvent>();
  #reader: ((result: IteratorResult<SessionLogEvent>) => void) | undefined;
  #ended = false;
  readonly #onEnd: (feed: LiveFeed) => void;

  constructor(onEnd: (feed: LiveFeed) => void) {
    this.#onEnd = onEnd;
  }

  push(event: SessionLogEvent): void {
    if (this.#ended) return;
    if (this.#reader) {
      const reader = this.#reader;
      this.#reader = undefined;
      reader({ done: false, value: event });
      return;
    }
    this.#waiting.set(keyOf(event), event);
    if (this.#waiting.size > feedLimit) this.#dropOne();
  }

  next(): Promise<IteratorResult<SessionLogEvent>> {
    const [first] = this.#waiting;
    if (first) {
      this.#waiting.delete(first[0]);
      return Promise.resolve({ done: false, value: first[1] });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    // Two calls to next() at once are legal for an iterator; the earlier one gets nothing it could not get later.
    this.#reader?.({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  return(): Promise<IteratorResult<SessionLogEvent>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting.clear();
    this.#reader?.({ done: true, value: undefined });
    this.#reader = undefined;
    this.#onEnd(this);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #dropOne(): void {
    for (const [key, event] of this.#waiting) {
      if (event.kind !== 'request') continue;
      this.#waiting.delete(key);
      return;
    }
    const [oldest] = this.#waiting.keys();
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }
}

function keyOf(event: SessionLogEvent): string {
  switch (event.kind) {
    case 'session':
      return `session/${event.session.id}`;
    case 'command':
      return `command/${event.command.id}`;
    case 'request':
      return `request/${event.request.auditId}`;
    default:
      return event satisfies never;
  }
}
