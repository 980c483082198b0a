import type { Revocation } from '../../../proxy-core/contract/controller.ts';
import type { Store } from '../store/open.ts';
import { deleteRevocation, readRevocations, type StoredRevocation, writeRevocation } from '../store/revocations.ts';

/** What is revoked now, kept in memory since every request asks. */
export class RevocationList {
  readonly #store: Store;
  readonly #revoked = new Map<string, StoredRevocation>();

  private constructor(store: Store, revocations: StoredRevocation[]) {
    this.#store = store;
    for (const stored of revocations) this.#revoked.set(keyOf(stored.revocation), stored);
  }

  static async open(store: Store): Promise<RevocationList> {
    return new RevocationList(store, await readRevocations(store));
  }

  has(revocation: Revocation): boolean {
    return this.#revoked.has(keyOf(revocation));
  }

  all(): StoredRevocation[] {
    return [...this.#revoked.values()];
  }

  /** In force at once; on disk when it returns. */
  async add(stored: StoredRevocation): Promise<void> {
    const key = keyOf(stored.revocation);
    // A new object where it was revoked before, for a restoration under way to see; the first time stays.
    this.#revoked.set(key, { ...stored, ...this.#revoked.get(key) });
    await writeRevocation(this.#store, stored);
  }

  /** @returns whether it was revoked */
  async remove(revocation: Revocation): Promise<boolean> {
    const key = keyOf(revocation);
    const stored = this.#revoked.get(key);
    await deleteRevocation(this.#store, revocation);
    if (this.#revoked.get(key) === stored) this.#revoked.delete(key);
    return stored !== undefined;
  }
}

function keyOf({ kind, name }: Revocation): string {
  return `${kind}/${name}`;
}
