import type { KubeObject } from '../objects.ts';
import type { ResourceKey } from '../store.ts';
import type { ControllerDependencies } from './dependencies.ts';
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
  reconcile(object: KubeObject): void;
}

/** Reconciles each object after every change that concerns it. @returns its own undo */
export function runController({ store, onError }: ControllerDependencies, controller: Controller): () => void {
  const queue = new ReconcileQueue((key) => {
    const { namespace, name } = splitKey(key);
    const object = store.get(controller.resource, namespace, name);
    if (object && !object.metadata.deletionTimestamp) controller.reconcile(object);
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
    for (const each of undo) each();
    queue.close();
  };
}
