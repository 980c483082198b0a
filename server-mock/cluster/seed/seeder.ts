import { randomUUID } from 'node:crypto';
import { type Clock, kubernetesTime } from '../clock.ts';
import type { KubeObject, NewObject } from '../objects.ts';
import type { Draft } from '../resources/definition.ts';
import type { Registry } from '../resources/registry.ts';
import type { ObjectStore } from '../store.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Says on an object that no real cluster is behind it. */
export const emulatedAnnotation = { 'postern.dev/emulated': 'true' };

/** Puts objects into a new cluster as if they had been there for a while. */
export class Seeder {
  readonly store: ObjectStore;
  readonly random: () => number;
  readonly #registry: Registry;
  readonly #clock: Clock;
  #seededPods = 0;

  constructor(dependencies: { store: ObjectStore; registry: Registry; clock: Clock; random: () => number }) {
    this.store = dependencies.store;
    this.random = dependencies.random;
    this.#registry = dependencies.registry;
    this.#clock = dependencies.clock;
  }

  /** Stores an object, defaulted as the API server would, created `ageMs` ago. */
  put(object: NewObject, ageMs: number): KubeObject {
    const definition = this.#registry.findKind(object.apiVersion, object.kind);
    if (!definition)
      throw new TypeError(`${object.apiVersion} ${object.kind} is not a resource of the emulated cluster`);
    const draft = structuredClone(object) as unknown as Draft;
    draft.metadata = { ...draft.metadata, uid: randomUUID(), creationTimestamp: this.ago(ageMs) };
    if (['apps', 'batch'].includes(definition.group)) draft.metadata.generation = 1;
    definition.prepare(draft, { store: this.store, random: this.random, previous: undefined });
    return this.store.create(definition.storage, draft as unknown as NewObject);
  }

  /** An address for the next pod, out of its node's range. */
  podAddress(host: number): string {
    return `10.244.${host}.${10 + (this.#seededPods++ % 240)}`;
  }

  ago(ms: number): string {
    return kubernetesTime(this.#clock.now() - ms);
  }
}
