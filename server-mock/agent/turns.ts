/** Actions on one name run one after another; those on different names do not wait for each other. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  take<Result>(name: string, action: () => Promise<Result>): Promise<Result> {
    const turn = (this.#last.get(name) ?? Promise.resolve()).then(action);
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(name, settled);
    void settled.then(() => {
      if (this.#last.get(name) === settled) this.#last.delete(name);
    });
    return turn;
  }
}
