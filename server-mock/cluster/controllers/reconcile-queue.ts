/**
 * Runs one reconciliation per key at a time, soon after the key was added and never from within the write that added
 * it. A key added many times before its turn is reconciled once.
 */
export class ReconcileQueue {
  readonly #reconcile: (key: string) => void;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Set<string>();
  #turn: NodeJS.Immediate | undefined;
  #closed = false;

  constructor(reconcile: (key: string) => void, onError: (error: unknown) => void) {
    this.#reconcile = reconcile;
    this.#onError = onError;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#waiting.add(key);
    this.#turn ??= setImmediate(() => this.#run());
  }

  close(): void {
    this.#closed = true;
    clearImmediate(this.#turn);
    this.#waiting.clear();
  }

  #run(): void {
    this.#turn = undefined;
    const [key] = this.#waiting;
    if (key === undefined) return;
    this.#waiting.delete(key);
    try {
      this.#reconcile(key);
    } catch (error) {
      this.#onError(error);
    }
    // One at a time: requests get their turn between reconciliations.
    if (this.#waiting.size > 0 && !this.#closed) this.#turn ??= setImmediate(() => this.#run());
  }
}

/** The `namespace/name` of an object, as a queue's key. */
export function keyOf({
  metadata: { namespace = '', name },
}: {
  metadata: { namespace?: string; name: string };
}): string {
  return `${namespace}/${name}`;
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
