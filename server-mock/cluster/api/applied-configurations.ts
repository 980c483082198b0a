import type { ObjectStore } from '../store.ts';

/** What each field manager applied last by server-side apply, for as long as the object lives. */
export class AppliedConfigurations {
  readonly #byObject = new Map<string, Map<string, unknown>>();

  constructor(store: Pick<ObjectStore, 'watchEverything'>) {
    store.watchEverything(({ type, object }) => {
      if (type === 'DELETED') this.#byObject.delete(object.metadata.uid);
    });
  }

  last(uid: string, manager: string): unknown {
    return this.#byObject.get(uid)?.get(manager);
  }

  remember(uid: string, manager: string, configuration: unknown): void {
    const managers = this.#byObject.get(uid) ?? new Map<string, unknown>();
    managers.set(manager, configuration);
    this.#byObject.set(uid, managers);
  }
}
