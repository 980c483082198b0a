/** What a {@link Cut} can end. */
export interface Cuttable {
  cut(reason: Error): void;
  /** Where it stands in the {@link Cut} that it runs under, which alone sets it; -1 under none. */
  cutIndex: number;
}

/**
 * Ends at once, and all in one turn, whatever runs under it: a revocation, a sign-out. What an `AbortSignal` would be, whose
 * listeners are searched one by one when a request comes and goes.
 *
 * An array and not a `Set`: the tables that a Set outgrows point to the next ones, so once one of them had grown old, all
 * that was ever in a later one stayed until the next full collection (5 KB a request), and young collections took ten
 * times as long.
 */
export class Cut {
  readonly #running: Cuttable[] = [];
  #reason: Error | undefined;

  /** Set once it has fallen: what comes under it later is to end by itself. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  add(running: Cuttable): void {
    running.cutIndex = this.#running.length;
    this.#running.push(running);
  }

  /** Does nothing where it does not run under this. */
  delete(running: Cuttable): void {
    const index = running.cutIndex;
    if (this.#running[index] !== running) return;
    const last = this.#running.pop() as Cuttable;
    if (last !== running) {
      this.#running[index] = last;
      last.cutIndex = index;
    }
    running.cutIndex = -1;
  }

  fall(reason: Error): void {
    this.#reason ??= reason;
    for (const running of [...this.#running]) {
      this.delete(running);
      running.cut(reason);
    }
  }
}
