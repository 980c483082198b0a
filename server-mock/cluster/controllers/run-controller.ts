import type { KubeObject } from '../objects.ts';
import type { ResourceKey } from '../store.ts';
import type { ControllerDependencies, Reconciled } from './dependencies.ts';
import { controllerOf } from './owned-pods.ts';
import { keyOf, ReconcileQueue, splitKey } from './reconcile-queue.ts';

export interface Controller {
  /** The resource whose objects it reconciles. */
  resource: ResourceKey;
  kind: string;
  /** Resources whose objects it owns; a change of one reconciles its owner. */
  owns: readonly ResourceKey[];
  /** Resources any change of which concerns every object: nodes, for a daemon set. */
  concerns?: readonly ResourceKey[];
  reconcile(object: KubeObject): Reconciled;
}

/** When an object is looked at again that could not be brought to where it is wanted. */
const retryMs = 10_000;

/** Reconciles each object after every change that concerns it. @returns its own undo */
export function runController({ store, clock, onError }: ControllerDependencies, controller: Controller): () => void {
  const retries = new Map<string, () => void>();
  const queue = new ReconcileQueue((key) => {
    const { namespace, name } = splitKey(key);
    const object = store.get(controller.resource, namespace, name);
    if (!object || object.metadata.deletionTimestamp) return;
    if (controller.reconcile(object) === 'incomplete' && !retries.has(key)) {
      const retry = () => {
        retries.delete(key);
        queue.add(key);
      };
      retries.set(key, clock.after(retryMs, retry));
    }
  }, onError);
  const addAll = () => {
    for (const object of store.list(controller.resource)) queue.add(keyOf(object));
  };
  const undo = [
    store.watch(controller.resource, ({ object }) => queue.add(keyOf(object))),
    ...controller.owns.map((resource) =>
      store.watch(resource, ({ object, previous }) => {
        for (const each of [object, previous]) {
          const owner = each && controllerOf(each, controller.kind);
          if (owner) queue.add(`${each.metadata.namespace ?? ''}/${owner.name}`);
        }
      }),
    ),
    ...(controller.concerns ?? []).map((resource) =>
      store.watch(resource, ({ type }) => {
        if (type !== 'MODIFIED') addAll();
      }),
    ),
  ];
  addAll();
  return () => {
    for (const each of [...undo, ...retries.values()]) each();
    queue.close();
  };
}
