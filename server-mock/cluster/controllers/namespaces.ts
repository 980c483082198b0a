import { textAt } from '../json.ts';
import type { Draft } from '../resources/definition.ts';
import { backgroundDeletion, type ControllerDependencies, controllerWrites } from './dependencies.ts';
import { ReconcileQueue, splitKey } from './reconcile-queue.ts';

/**
 * Gives each namespace its `default` ServiceAccount and the cluster's CA, and empties namespaces that are being
 * deleted.
 */
export function runNamespaces(dependencies: ControllerDependencies, certificateAuthority: string): () => void {
  const { store, onError } = dependencies;
  const queue = new ReconcileQueue((key) => reconcile(dependencies, splitKey(key).name), onError);
  for (const { metadata } of store.list('namespaces')) furnish(dependencies, metadata.name, certificateAuthority);
  const undo = store.watch('namespaces', ({ type, object }) => {
    if (type !== 'DELETED' && object.metadata.deletionTimestamp) queue.add(`/${object.metadata.name}`);
    // At once, not in a later turn: whoever creates a namespace may create a pod in it with the next request.
    if (type === 'ADDED') furnish(dependencies, object.metadata.name, certificateAuthority);
  });
  const undoAccounts = store.watch('serviceaccounts', ({ type, object }) => {
    const { namespace = '', name } = object.metadata;
    if (type === 'DELETED' && name === 'default') furnish(dependencies, namespace, certificateAuthority);
  });
  const undoContent = store.watchEverything(({ type, object, resource }) => {
    if (type !== 'DELETED' || resource === 'namespaces') return;
    const { namespace } = object.metadata;
    if (namespace && store.get('namespaces', '', namespace)?.metadata.deletionTimestamp) queue.add(`/${namespace}`);
  });
  return () => {
    undo();
    undoAccounts();
    undoContent();
    queue.close();
  };
}

function furnish({ store }: ControllerDependencies, namespace: string, certificateAuthority: string): void {
  const found = store.get('namespaces', '', namespace);
  if (!found || found.metadata.deletionTimestamp) return;
  if (!store.get('serviceaccounts', namespace, 'default')) {
    store.create('serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    });
  }
  if (!store.get('configmaps', namespace, 'kube-root-ca.crt')) {
    store.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'kube-root-ca.crt',
        namespace,
        annotations: {
          'kubernetes.io/description': 'Contains a CA bundle that can be used to verify the kube-apiserver.',
        },
      },
      data: { 'ca.crt': certificateAuthority },
    });
  }
}

function reconcile({ store, registry, deletion, writer }: ControllerDependencies, name: string): void {
  const namespace = store.get('namespaces', '', name);
  if (!namespace?.metadata.deletionTimestamp) return;
  let left = 0;
  for (const storage of store.collections()) {
    const definition = registry.forStorage(storage);
    if (!definition?.namespaced) continue;
    for (const object of store.list(storage, name)) {
      if (!object.metadata.deletionTimestamp) {
        deletion.delete(definition, name, object.metadata.name, { ...backgroundDeletion, gracePeriodSeconds: 1 });
      }
      if (store.get(storage, name, object.metadata.name)) left++;
    }
  }
  const definition = registry.forStorage('namespaces');
  if (left > 0 || !definition) return;
  const finalize = (current: object): Draft => {
    const draft = structuredClone(current) as Draft;
    draft.spec = { finalizers: [] };
    return draft;
  };
  if (textAt(namespace, 'status', 'phase') === 'Terminating') {
    writer.update(definition, '', name, finalize, { ...controllerWrites, part: 'main' });
  }
}
