/**
 * Writes what is wished for, one write at a time: of what is wished for while one is under way, the latest is written after
 * it.
 *
 * @example
 * const writing = new LatestWrite((text: string) => writeTextAtomically(path, text));
 * writing.want('first');
 * await writing.settled();
 */
export class LatestWrite<Wish extends object | string> {
  readonly #write: (wish: Wish) => Promise<void>;
  #wish: Wish | undefined;
  #running: Promise<void> | undefined;

  /** @param write deals with its own failures */
  constructor(write: (wish: Wish) => Promise<void>) {
    this.#write = write;
  }

  /** The latest. */
  get wish(): Wish | undefined {
    return this.#wish;
  }

  /** Returns at once. */
  want(wish: Wish): void {
    this.#wish = wish;
    this.again();
  }

  /** Writes the latest wish once more, where there is one and it is not being written now. */
  again(): void {
    this.#running ??= this.#writeAll();
  }

  /** Resolves when the latest wish is written, or has failed to be. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #writeAll(): Promise<void> {
    // Not over before the caller knows that it runs.
    await Promise.resolve();
    try {
      let wish: Wish | undefined;
      do {
        wish = this.#wish;
        if (wish !== undefined) await this.#write(wish);
      } while (wish !== this.#wish);
    } finally {
      // Here, not a moment later: a wish that came in between would be left to a run that is over.
      this.#running = undefined;
    }
  }
}
