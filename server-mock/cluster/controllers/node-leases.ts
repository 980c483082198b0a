import { kubernetesMicroTime } from '../clock.ts';
import { recordAt } from '../json.ts';
import type { ControllerDependencies } from './dependencies.ts';

const leases = 'leases.coordination.k8s.io';
const namespace = 'kube-node-lease';
const renewEveryMs = 10_000;
const durationSeconds = 40;

/** Renews each node's Lease, as its kubelet would. */
export function renewNodeLeases({ store, clock }: Pick<ControllerDependencies, 'store' | 'clock'>): () => void {
  let cancel = () => {};
  const renew = () => {
    const renewTime = kubernetesMicroTime(clock.now());
    for (const { apiVersion, metadata } of store.list('nodes')) {
      const { name, uid } = metadata;
      if (store.get(leases, namespace, name)) {
        store.modify(leases, namespace, name, (draft) => {
          draft.spec = { ...recordAt(draft, 'spec'), renewTime };
        });
        continue;
      }
      store.create(leases, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, ownerReferences: [{ apiVersion, kind: 'Node', name, uid }] },
        spec: { holderIdentity: name, leaseDurationSeconds: durationSeconds, renewTime },
      });
    }
    cancel = clock.after(renewEveryMs, renew);
  };
  renew();
  return () => cancel();
}
