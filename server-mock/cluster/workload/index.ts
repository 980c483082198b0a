import type { Pod } from '../objects.ts';
import type { WorkloadDeps } from '../streaming-types.ts';
import { NodeImages } from './node-images.ts';
import { PodAddresses } from './pod-addresses.ts';
import { PodWorker } from './pod-worker.ts';

export { behaviourAnnotation } from './behaviour.ts';

/**
 * Brings the pods of a store to life, as the kubelets of a real cluster would: every pod that has a node is started,
 * kept running and stopped, with its status, events and logs. Pods that say that they already run are taken up as they
 * are.
 */
export function startWorkload(deps: WorkloadDeps): { close(): void } {
  const { store, clock } = deps;
  const shared = { ...deps, addresses: new PodAddresses(store), images: new NodeImages() };
  const workers = new Map<string, PodWorker>();
  const take = (pod: Pod) => {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds = 30 } = pod.metadata;
    if (pod.spec.nodeName && !deletionTimestamp && !workers.has(uid)) {
      const worker = new PodWorker(shared, pod);
      workers.set(uid, worker);
      worker.begin();
    }
    if (deletionTimestamp) workers.get(uid)?.stop(deletionGracePeriodSeconds);
  };
  const waiting = new Set<() => void>();
  const unwatch = store.watch('pods', ({ type, object }) => {
    const { uid } = object.metadata;
    if (type === 'DELETED') {
      workers.get(uid)?.close();
      workers.delete(uid);
      return;
    }
    // In a later turn: a watcher must not write from within the write it is told of.
    const callOff = clock.after(0, () => {
      waiting.delete(callOff);
      const { namespace = '', name } = object.metadata;
      const pod = store.get<Pod>('pods', namespace, name);
      if (pod?.metadata.uid === uid) take(pod);
    });
    waiting.add(callOff);
  });
  for (const pod of store.list<Pod>('pods')) take(pod);
  return {
    close() {
      unwatch();
      for (const callOff of waiting) callOff();
      for (const worker of workers.values()) worker.close();
      workers.clear();
    },
  };
}
