import type { Revocation } from '../../../proxy-core/contract/controller.ts';
import { ControllerError } from '../errors.ts';
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

  /** In force at once; on disk when it returns. @throws {ControllerError} `POSTERN_STORE_FAILED`: in force all the same */
  async add(stored: StoredRevocation): Promise<void> {
    const key = keyOf(stored.revocation);
    // A new object where it was revoked before, for a restoration under way to see; the first time stays.
    this.#revoked.set(key, { ...stored, ...this.#revoked.get(key) });
    try {
      await writeRevocation(this.#store, stored);
    } catch (cause) {
      const message = `${key} is revoked, but that could not be written: ${(cause as Error).message}`;
      throw new ControllerError('POSTERN_STORE_FAILED', message, {
        cause,
        hint: 'revoke it again once the controller’s disk accepts it: a restart before that forgets it',
      });
    }
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
