import { kubernetesTime } from '../clock.ts';
import { at, listAt, stringMapAt, textAt } from '../json.ts';
import type { KubeObject, Pod } from '../objects.ts';
import type { ControllerDependencies } from './dependencies.ts';
import { recordEvent } from './events.ts';
import { keyOf, ReconcileQueue, splitKey } from './reconcile-queue.ts';

const component = 'default-scheduler';

/** Places pods on the ready node with the fewest, minding `nodeSelector` and cordons; resources are not counted. */
export function runScheduler(dependencies: ControllerDependencies): () => void {
  const { store, onError } = dependencies;
  const queue = new ReconcileQueue((key) => schedule(dependencies, key), onError);
  const consider = (pod: Pod) => {
    if (!pod.spec.nodeName && !pod.metadata.deletionTimestamp) queue.add(keyOf(pod));
  };
  const considerAll = () => store.list<Pod>('pods').forEach(consider);
  const undo = [
    store.watch('pods', ({ type, object }) => {
      if (type === 'ADDED') consider(object as Pod);
    }),
    store.watch('nodes', considerAll),
  ];
  considerAll();
  return () => {
    for (const each of undo) each();
    queue.close();
  };
}

function schedule(dependencies: ControllerDependencies, key: string): void {
  const { store, clock } = dependencies;
  const { namespace, name } = splitKey(key);
  const pod = store.get<Pod>('pods', namespace, name);
  if (!pod || pod.spec.nodeName) return;
  const node = chooseNode(dependencies, pod);
  const now = kubernetesTime(clock.now());
  const nodes = store.list('nodes').length;
  const unschedulable = `0/${nodes} nodes are available: ${nodes} node(s) didn't match Pod's node affinity/selector.`;
  const others = (pod.status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const scheduled = store.modify<Pod>('pods', namespace, name, (draft) => {
    if (node) draft.spec.nodeName = node.metadata.name;
    draft.status.conditions = [
      ...others,
      node
        ? { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now }
        : {
            type: 'PodScheduled',
            status: 'False',
            lastProbeTime: null,
            lastTransitionTime: now,
            reason: 'Unschedulable',
            message: unschedulable,
          },
    ];
  });
  if (!scheduled) return;
  recordEvent(
    dependencies,
    scheduled,
    node
      ? {
          type: 'Normal',
          reason: 'Scheduled',
          message: `Successfully assigned ${namespace}/${name} to ${node.metadata.name}`,
          component,
        }
      : { type: 'Warning', reason: 'FailedScheduling', message: unschedulable, component },
  );
}

function chooseNode({ store }: ControllerDependencies, pod: Pod): KubeObject | undefined {
  const selector = Object.entries(stringMapAt(pod, 'spec', 'nodeSelector'));
  const load = new Map<string, number>();
  for (const other of store.list<Pod>('pods')) {
    const node = other.spec.nodeName;
    if (node) load.set(node, (load.get(node) ?? 0) + 1);
  }
  return store
    .list('nodes')
    .filter(
      (node) =>
        at(node, 'spec', 'unschedulable') !== true &&
        !listAt(node, 'spec', 'taints').some((taint) => textAt(taint, 'effect') !== 'PreferNoSchedule') &&
        selector.every(([key, value]) => node.metadata.labels?.[key] === value),
    )
    .sort((a, b) => (load.get(a.metadata.name) ?? 0) - (load.get(b.metadata.name) ?? 0))[0];
}
