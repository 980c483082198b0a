/** What a {@link Cut} can end. */
export interface Cuttable {
  cut(reason: Error): void;
}

/**
 * Ends at once, and all in one turn, whatever runs under it: a revocation, a sign-out. What an `AbortSignal` would be, at the
 * cost of a set's entry for each request; the listeners of a signal are searched one by one when a request comes and goes.
 */
export class Cut {
  readonly #running = new Set<Cuttable>();
  #reason: Error | undefined;

  /** Set once it has fallen: what comes under it later is to end by itself. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  add(running: Cuttable): void {
    this.#running.add(running);
  }

  delete(running: Cuttable): void {
    this.#running.delete(running);
  }

  fall(reason: Error): void {
    this.#reason ??= reason;
    for (const running of [...this.#running]) running.cut(reason);
    this.#running.clear();
  }
}
