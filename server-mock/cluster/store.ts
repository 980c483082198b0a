import { randomUUID } from 'node:crypto';
import { type Clock, kubernetesTime } from './clock.ts';
import type { KubeObject, NewObject } from './objects.ts';

/** `pods`, `deployments.apps`: plural and group, as RBAC and error messages write a resource. */
export type ResourceKey = string;

export interface StoreEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  resource: ResourceKey;
  /** After the write; for DELETED the last state, with the deletion's resourceVersion. */
  object: KubeObject;
  /** Before the write; a watch with a selector needs it to tell entering from changing. */
  previous: KubeObject | undefined;
  revision: number;
}

export type StoreErrorKind = 'not-found' | 'already-exists' | 'conflict' | 'expired';

/** What a store refuses, in its own words; the API layer gives it a Status. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;

  constructor(kind: StoreErrorKind, message: string) {
    super(message);
    this.name = 'StoreError';
    this.kind = kind;
  }
}

interface Collection {
  /** Keyed by `namespace/name`, in insertion order. */
  objects: Map<string, KubeObject>;
  history: StoreEvent[];
  /** Events up to this revision are no longer in `history`. */
  compactedRevision: number;
  listeners: Set<(event: StoreEvent) => void>;
  /** Cached snapshot in key order; dropped by a write. */
  sorted: readonly KubeObject[] | undefined;
}

/** How many events of one resource a watch can go back; older ones answer 410 Gone. */
export const historyLength = 1_000;

/**
 * A typed in-memory object store with one revision counter, like etcd behind kube-apiserver. Every call is synchronous
 * and whole: no write is ever seen half done. Objects in it are immutable; a write replaces them.
 *
 * Namespaced resources are keyed by namespace and name, cluster-scoped ones pass `''` as the namespace.
 */
export class ObjectStore {
  readonly #collections = new Map<ResourceKey, Collection>();
  readonly #everything = new Set<(event: StoreEvent) => void>();
  readonly #clock: Clock;
  #revision = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The revision of the latest write: the `resourceVersion` of a list made now. */
  get revision(): number {
    return this.#revision;
  }

  get<T extends KubeObject = KubeObject>(resource: ResourceKey, namespace: string, name: string): T | undefined {
    return this.#collections.get(resource)?.objects.get(`${namespace}/${name}`) as T | undefined;
  }

  count(resource: ResourceKey): number {
    return this.#collections.get(resource)?.objects.size ?? 0;
  }

  /** The resources that have or had objects. */
  collections(): ResourceKey[] {
    return [...this.#collections.keys()];
  }

  /** In namespace and name order; every namespace where `namespace` is undefined. The result is a snapshot. */
  list<T extends KubeObject = KubeObject>(resource: ResourceKey, namespace?: string): readonly T[] {
    const collection = this.#collections.get(resource);
    if (!collection) return [];
    collection.sorted ??= [...collection.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    const all = collection.sorted as readonly T[];
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  /**
   * Stores a new object and gives it a `resourceVersion`, and a `uid` and `creationTimestamp` where it brings none.
   *
   * @throws {StoreError} `already-exists`
   */
  create<T extends KubeObject = KubeObject>(resource: ResourceKey, object: NewObject): T {
    const { name, namespace = '' } = object.metadata;
    if (!name) throw new TypeError('an object needs metadata.name before it is stored');
    const collection = this.#collection(resource);
    const key = `${namespace}/${name}`;
    if (collection.objects.has(key)) throw new StoreError('already-exists', `${resource} "${name}" already exists`);
    const revision = ++this.#revision;
    const { apiVersion, kind, metadata, ...rest } = object;
    const stored: KubeObject = {
      apiVersion,
      kind,
      metadata: {
        ...metadata,
        name,
        uid: metadata.uid ?? randomUUID(),
        resourceVersion: String(revision),
        creationTimestamp: metadata.creationTimestamp ?? kubernetesTime(this.#clock.now()),
      },
      ...rest,
    };
    collection.objects.set(key, stored);
    this.#publish(collection, { type: 'ADDED', resource, object: stored, previous: undefined, revision });
    return stored as T;
  }

  /**
   * Replaces an object. With a `resourceVersion` in its metadata that is not the stored one, nothing is written.
   * A replacement equal to what is stored is not a write (no new revision, no event).
   *
   * @throws {StoreError} `not-found`, `conflict`
   */
  replace<T extends KubeObject = KubeObject>(resource: ResourceKey, object: T): T {
    const { name, namespace = '' } = object.metadata;
    const collection = this.#collection(resource);
    const key = `${namespace}/${name}`;
    const previous = collection.objects.get(key);
    if (!previous) throw new StoreError('not-found', `${resource} "${name}" not found`);
    const expected = object.metadata.resourceVersion;
    if (expected && expected !== previous.metadata.resourceVersion) {
      throw new StoreError('conflict', `${resource} "${name}" is at ${previous.metadata.resourceVersion}`);
    }
    const candidate = withRevision(object, previous.metadata.resourceVersion);
    if (JSON.stringify(candidate) === JSON.stringify(previous)) return previous as T;
    const revision = ++this.#revision;
    const stored = withRevision(object, String(revision));
    collection.objects.set(key, stored);
    this.#publish(collection, { type: 'MODIFIED', resource, object: stored, previous, revision });
    return stored as T;
  }

  /**
   * Changes an object by a function that edits a copy of it: how controllers and the workload write.
   *
   * @returns the stored object, or undefined where it is gone
   */
  modify<T extends KubeObject = KubeObject>(
    resource: ResourceKey,
    namespace: string,
    name: string,
    edit: (draft: T) => void,
  ): T | undefined {
    const current = this.get<T>(resource, namespace, name);
    if (!current) return undefined;
    const draft = structuredClone(current);
    edit(draft);
    return this.replace(resource, draft);
  }

  /** Removes an object at once: finalizers, grace periods and dependants are the callers' affair. */
  remove(resource: ResourceKey, namespace: string, name: string): KubeObject | undefined {
    const collection = this.#collection(resource);
    const key = `${namespace}/${name}`;
    const previous = collection.objects.get(key);
    if (!previous) return undefined;
    const revision = ++this.#revision;
    collection.objects.delete(key);
    const object = withRevision(previous, String(revision));
    this.#publish(collection, { type: 'DELETED', resource, object, previous, revision });
    return object;
  }

  /**
   * Calls `listener` for each later write, in order, from within the write: it must not throw and should hand real
   * work to a later turn. With `since`, first replays what happened after that revision.
   *
   * @returns its own undo
   * @throws {StoreError} `expired` where the events after `since` are no longer all known
   */
  watch(resource: ResourceKey, listener: (event: StoreEvent) => void, options: { since?: number } = {}): () => void {
    const collection = this.#collection(resource);
    if (options.since !== undefined) {
      if (options.since < collection.compactedRevision) {
        throw new StoreError('expired', `too old resource version: ${options.since} (${collection.compactedRevision})`);
      }
      for (const event of collection.history) if (event.revision > options.since) listener(event);
    }
    collection.listeners.add(listener);
    return () => collection.listeners.delete(listener);
  }

  /** Like {@link watch}, over every resource: for garbage collection. */
  watchEverything(listener: (event: StoreEvent) => void): () => void {
    this.#everything.add(listener);
    return () => this.#everything.delete(listener);
  }

  #collection(resource: ResourceKey): Collection {
    let collection = this.#collections.get(resource);
    if (!collection) {
      collection = { objects: new Map(), history: [], compactedRevision: 0, listeners: new Set(), sorted: undefined };
      this.#collections.set(resource, collection);
    }
    return collection;
  }

  #publish(collection: Collection, event: StoreEvent): void {
    collection.sorted = undefined;
    collection.history.push(event);
    // Trimmed in blocks: shifting one at a time would copy the array at every write.
    if (collection.history.length > historyLength * 1.25) {
      const dropped = collection.history.splice(0, collection.history.length - historyLength);
      collection.compactedRevision = dropped.at(-1)?.revision ?? collection.compactedRevision;
    }
    for (const listener of [...collection.listeners]) listener(event);
    for (const listener of [...this.#everything]) listener(event);
  }
}

function withRevision<T extends KubeObject>(object: T, resourceVersion: string): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
