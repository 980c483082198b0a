import type { LinkState } from './bridge.ts';

/** Holds the state of a link and tells who listens. */
export class LinkStatus {
  #state: LinkState = { kind: 'connecting' };
  #everOpen = false;
  readonly #listeners = new Set<() => void>();

  get state(): LinkState {
    return this.#state;
  }

  opened(): void {
    this.#everOpen = true;
    this.#change({ kind: 'open' });
  }

  connecting(): void {
    if (this.#state.kind !== 'lost') this.#change({ kind: 'connecting' });
  }

  /** @param retryAt when the next attempt begins; null where the other side has to begin */
  lost(now: Date, retryAt: Date | null): void {
    const since = this.#state.kind === 'lost' ? this.#state.since : now;
    this.#change({ kind: 'lost', since, retryAt, everOpen: this.#everOpen });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #change(state: LinkState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
