import { generateName } from '../api/generated-names.ts';
import { listAt, numberAt, recordAt, stringMapAt, textAt } from '../json.ts';
import type { KubeObject, Pod } from '../objects.ts';
import { isReady } from '../printers/pods.ts';
import type { ControllerDependencies, Reconciled } from './dependencies.ts';
import { templateHash } from './deployments.ts';
import { createPod, deletePod, isActive, podsOf } from './owned-pods.ts';
import { runController } from './run-controller.ts';

const component = 'statefulset-controller';
const revisionLabel = 'controller-revision-hash';

/** Keeps the pods NAME-0, NAME-1, … of a StatefulSet, in order, and rolls changes from the last to the first. */
export function runStatefulSets(dependencies: ControllerDependencies): () => void {
  return runController(dependencies, {
    resource: 'statefulsets.apps',
    kind: 'StatefulSet',
    owns: ['pods'],
    reconcile: (set) => reconcile(dependencies, set),
  });
}

function reconcile(dependencies: ControllerDependencies, set: KubeObject): Reconciled {
  const { name, namespace = '', generation = 1 } = set.metadata;
  const wanted = numberAt(set, 'spec', 'replicas');
  const revision = `${name}-${templateHash(recordAt(set, 'spec', 'template'))}`;
  const pods = podsOf(dependencies, set);
  const outcome = step(dependencies, set, pods, wanted, revision);
  const present = podsOf(dependencies, set).filter(isActive);
  const ready = present.filter(isReady).length;
  const updated = present.filter((pod) => pod.metadata.labels?.[revisionLabel] === revision).length;
  dependencies.store.modify('statefulsets.apps', namespace, name, (draft) => {
    const settled = updated === wanted && ready === wanted;
    const before = textAt(draft, 'status', 'currentRevision');
    draft.status = {
      observedGeneration: generation,
      replicas: present.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: settled ? wanted : present.length - updated,
      updatedReplicas: updated,
      currentRevision: settled || !before ? revision : before,
      updateRevision: revision,
      collisionCount: 0,
    };
  });
  return outcome;
}

function step(
  dependencies: ControllerDependencies,
  set: KubeObject,
  pods: Pod[],
  wanted: number,
  revision: string,
): Reconciled {
  const { name } = set.metadata;
  const parallel = textAt(set, 'spec', 'podManagementPolicy') === 'Parallel';
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  for (let ordinal = 0; ordinal < wanted; ordinal++) {
    const pod = byName.get(`${name}-${ordinal}`);
    if (!pod && !createOrdinal(dependencies, set, ordinal, revision)) return 'incomplete';
    if (!parallel && !(pod && isActive(pod) && isReady(pod))) return 'done';
  }
  const surplus = pods
    .filter((pod) => ordinalOf(pod) >= wanted && isActive(pod))
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  for (const pod of parallel ? surplus : surplus.slice(0, 1)) deletePod(dependencies, set, pod, component);
  if (surplus.length > 0 || pods.some((pod) => !isActive(pod))) return 'done';
  const outdated = pods
    .filter((pod) => pod.metadata.labels?.[revisionLabel] !== revision)
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  if (textAt(set, 'spec', 'updateStrategy', 'type') !== 'OnDelete' && outdated[0]) {
    deletePod(dependencies, set, outdated[0], component);
  }
  return 'done';
}

function createOrdinal(
  dependencies: ControllerDependencies,
  set: KubeObject,
  ordinal: number,
  revision: string,
): Pod | undefined {
  const { name, namespace = '' } = set.metadata;
  const podName = `${name}-${ordinal}`;
  for (const template of listAt(set, 'spec', 'volumeClaimTemplates')) {
    const claim = `${textAt(template, 'metadata', 'name') || generateName('claim-', dependencies.random)}-${podName}`;
    if (dependencies.store.get('persistentvolumeclaims', namespace, claim)) continue;
    dependencies.store.create('persistentvolumeclaims', {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: claim, namespace, labels: stringMapAt(set, 'spec', 'selector', 'matchLabels') },
      spec: { volumeMode: 'Filesystem', ...recordAt(template, 'spec') },
      status: { phase: 'Pending' },
    });
  }
  return createPod(dependencies, set, {
    name: podName,
    labels: {
      'statefulset.kubernetes.io/pod-name': podName,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [revisionLabel]: revision,
    },
    component,
  });
}

function ordinalOf(pod: Pod): number {
  return Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);
}
