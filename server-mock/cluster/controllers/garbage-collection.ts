import { foregroundFinalizer, type Propagation } from '../api/deletion.ts';
import type { KubeObject } from '../objects.ts';
import type { ResourceKey, StoreEvent } from '../store.ts';
import { backgroundDeletion, type ControllerDependencies } from './dependencies.ts';
import { ReconcileQueue } from './reconcile-queue.ts';

interface Place {
  resource: ResourceKey;
  namespace: string;
  name: string;
}

/**
 * Deletes what belongs to a deleted owner, and lets owners go that wait for it (foreground deletion).
 *
 * @see pkg/controller/garbagecollector (v1.33)
 */
export function collectGarbage(dependencies: ControllerDependencies): () => void {
  const collector = new Collector(dependencies);
  const undo = dependencies.store.watchEverything((event) => collector.onEvent(event));
  return () => {
    undo();
    collector.close();
  };
}

class Collector {
  readonly #dependencies: ControllerDependencies;
  readonly #queue: ReconcileQueue;
  /** Where the objects are that name an owner, by the owner's uid. */
  readonly #dependants = new Map<string, Map<string, Place>>();
  /** Where the owners are that dependants name. */
  readonly #owners = new Map<string, Place>();

  constructor(dependencies: ControllerDependencies) {
    this.#dependencies = dependencies;
    this.#queue = new ReconcileQueue((uid) => this.#reconcile(uid), dependencies.onError);
    for (const resource of dependencies.store.collections()) {
      for (const object of dependencies.store.list(resource)) this.#remember(resource, object);
    }
  }

  close(): void {
    this.#queue.close();
  }

  onEvent({ type, resource, object }: StoreEvent): void {
    const { uid, finalizers, ownerReferences = [] } = object.metadata;
    if (type === 'DELETED') {
      this.#owners.delete(uid);
      for (const owner of ownerReferences) {
        this.#dependants.get(owner.uid)?.delete(uid);
        this.#queue.add(owner.uid);
      }
      this.#queue.add(uid);
      return;
    }
    this.#remember(resource, object);
    if (finalizers?.includes(foregroundFinalizer)) this.#queue.add(uid);
    // An owner that is gone already: the object was made too late.
    for (const owner of ownerReferences) if (!this.#owners.has(owner.uid)) this.#queue.add(owner.uid);
  }

  #remember(resource: ResourceKey, object: KubeObject): void {
    const { uid, namespace = '', name, ownerReferences = [] } = object.metadata;
    const place = { resource, namespace, name };
    this.#owners.set(uid, place);
    for (const owner of ownerReferences) {
      const dependants = this.#dependants.get(owner.uid) ?? new Map<string, Place>();
      dependants.set(uid, place);
      this.#dependants.set(owner.uid, dependants);
    }
  }

  #reconcile(ownerUid: string): void {
    const owner = this.#owners.get(ownerUid);
    const dependants = [...(this.#dependants.get(ownerUid) ?? [])];
    const waiting = owner && this.#find(owner, ownerUid)?.metadata.finalizers?.includes(foregroundFinalizer);
    if (owner && !waiting) return;
    // Of an owner that waits, dependants wait for their own as well: pods go before their ReplicaSet and Deployment.
    const propagation = waiting ? 'Foreground' : 'Background';
    for (const [uid, place] of dependants) this.#collect(uid, place, ownerUid, propagation);
    if (!owner) this.#dependants.delete(ownerUid);
    else if ((this.#dependants.get(ownerUid)?.size ?? 0) === 0) this.#release(owner, ownerUid);
  }

  #collect(uid: string, place: Place, ownerUid: string, propagation: Propagation): void {
    const object = this.#find(place, uid);
    if (!object || object.metadata.deletionTimestamp) return;
    const references = object.metadata.ownerReferences ?? [];
    if (!references.some((reference) => reference.uid === ownerUid)) {
      this.#dependants.get(ownerUid)?.delete(uid);
      return;
    }
    // Another living owner keeps it.
    if (references.some((reference) => reference.uid !== ownerUid && this.#owners.has(reference.uid))) return;
    const { registry, deletion } = this.#dependencies;
    const definition = registry.forStorage(place.resource);
    if (definition) deletion.delete(definition, place.namespace, place.name, { ...backgroundDeletion, propagation });
  }

  /** The last dependant is gone: the owner goes too. */
  #release({ resource, namespace, name }: Place, uid: string): void {
    const { store } = this.#dependencies;
    const released = store.modify(resource, namespace, name, (draft) => {
      draft.metadata.finalizers = draft.metadata.finalizers?.filter((finalizer) => finalizer !== foregroundFinalizer);
    });
    if (released?.metadata.uid === uid && (released.metadata.finalizers?.length ?? 0) === 0) {
      store.remove(resource, namespace, name);
    }
  }

  #find({ resource, namespace, name }: Place, uid: string): KubeObject | undefined {
    const object = this.#dependencies.store.get(resource, namespace, name);
    return object?.metadata.uid === uid ? object : undefined;
  }
}
