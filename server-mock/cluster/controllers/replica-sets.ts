import { numberAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { isReady } from '../printers/pods.ts';
import { templateLabels } from '../resources/workloads.ts';
import type { ResourceKey } from '../store.ts';
import type { ControllerDependencies, Reconciled } from './dependencies.ts';
import { byUsefulness, createPods, deletePod, isActive, podsOf } from './owned-pods.ts';
import { runController } from './run-controller.ts';

/** A ReplicaSet and what came before it do the same. */
interface Replicating {
  resource: ResourceKey;
  kind: string;
  component: string;
}

/** Keeps as many pods as a ReplicaSet asks for. */
export function runReplicaSets(dependencies: ControllerDependencies): () => void {
  return run(dependencies, {
    resource: 'replicasets.apps',
    kind: 'ReplicaSet',
    component: 'replicaset-controller',
  });
}

/** Keeps as many pods as a ReplicationController asks for. */
export function runReplicationControllers(dependencies: ControllerDependencies): () => void {
  return run(dependencies, {
    resource: 'replicationcontrollers',
    kind: 'ReplicationController',
    component: 'replication-controller',
  });
}

function run(dependencies: ControllerDependencies, { resource, kind, component }: Replicating): () => void {
  return runController(dependencies, {
    resource,
    kind,
    owns: ['pods'],
    reconcile: (replicaSet) => reconcile(dependencies, replicaSet, resource, component),
  });
}

function reconcile(
  dependencies: ControllerDependencies,
  replicaSet: KubeObject,
  resource: ResourceKey,
  component: string,
): Reconciled {
  const { namespace = '', name } = replicaSet.metadata;
  const wanted = numberAt(replicaSet, 'spec', 'replicas');
  const active = podsOf(dependencies, replicaSet).filter(isActive);
  const outcome = createPods(dependencies, replicaSet, wanted - active.length, component);
  for (const pod of [...active].sort(byUsefulness).slice(0, Math.max(0, active.length - wanted))) {
    deletePod(dependencies, replicaSet, pod, component);
  }
  const present = podsOf(dependencies, replicaSet).filter(isActive);
  const ready = present.filter(isReady).length;
  const labels = Object.entries(templateLabels(replicaSet));
  dependencies.store.modify(resource, namespace, name, (draft) => {
    draft.status = {
      replicas: present.length,
      ...(present.length > 0
        ? {
            fullyLabeledReplicas: present.filter((pod) =>
              labels.every(([key, value]) => pod.metadata.labels?.[key] === value),
            ).length,
          }
        : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: replicaSet.metadata.generation ?? 1,
    };
  });
  return outcome;
}
