import { recordAt, stringMapAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { isReady } from '../printers/pods.ts';
import type { ControllerDependencies, Reconciled } from './dependencies.ts';
import { templateHash } from './deployments.ts';
import { createPod, deletePod, isActive, podsOf } from './owned-pods.ts';
import { runController } from './run-controller.ts';

const component = 'daemonset-controller';
const revisionLabel = 'controller-revision-hash';

/** Keeps one pod of a DaemonSet on each node its nodeSelector chooses. */
export function runDaemonSets(dependencies: ControllerDependencies): () => void {
  return runController(dependencies, {
    resource: 'daemonsets.apps',
    kind: 'DaemonSet',
    owns: ['pods'],
    concerns: ['nodes'],
    reconcile: (set) => reconcile(dependencies, set),
  });
}

function reconcile(dependencies: ControllerDependencies, set: KubeObject): Reconciled {
  const { name, namespace = '', generation = 1 } = set.metadata;
  const revision = templateHash(recordAt(set, 'spec', 'template'));
  const selector = Object.entries(stringMapAt(set, 'spec', 'template', 'spec', 'nodeSelector'));
  const nodes = dependencies.store
    .list('nodes')
    .filter((node) => selector.every(([key, value]) => node.metadata.labels?.[key] === value))
    .map((node) => node.metadata.name);
  const pods = podsOf(dependencies, set);
  let outcome: Reconciled = 'done';
  for (const node of nodes) {
    if (pods.some((pod) => pod.spec.nodeName === node)) continue;
    const choice = { nodeName: node, labels: { [revisionLabel]: revision }, component };
    if (!createPod(dependencies, set, choice)) outcome = 'incomplete';
  }
  for (const pod of pods.filter(isActive)) {
    if (!nodes.includes(pod.spec.nodeName ?? '')) deletePod(dependencies, set, pod, component);
  }
  const outdated = pods.find((pod) => isActive(pod) && pod.metadata.labels?.[revisionLabel] !== revision);
  if (outdated && pods.every((pod) => isActive(pod))) deletePod(dependencies, set, outdated, component);
  const present = podsOf(dependencies, set).filter(isActive);
  const ready = present.filter(isReady).length;
  dependencies.store.modify('daemonsets.apps', namespace, name, (draft) => {
    draft.status = {
      observedGeneration: generation,
      currentNumberScheduled: present.length,
      desiredNumberScheduled: nodes.length,
      numberMisscheduled: 0,
      numberReady: ready,
      numberAvailable: ready,
      ...(nodes.length > ready ? { numberUnavailable: nodes.length - ready } : {}),
      updatedNumberScheduled: present.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length,
    };
  });
  return outcome;
}
