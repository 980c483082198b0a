import { at, listAt, numberAt, stringMapAt, textAt } from '../json.ts';
import type { KubeObject, Pod } from '../objects.ts';
import { isReady } from '../printers/pods.ts';
import type { ControllerDependencies } from './dependencies.ts';
import { controllerReference } from './owned-pods.ts';
import { keyOf, ReconcileQueue, splitKey } from './reconcile-queue.ts';

const slices = 'endpointslices.discovery.k8s.io';

/** Keeps Endpoints and one EndpointSlice per Service at the ready pods that its selector chooses. */
export function runEndpoints(dependencies: ControllerDependencies): () => void {
  const { store, onError } = dependencies;
  const queue = new ReconcileQueue((key) => reconcile(dependencies, key), onError);
  const undo = [
    store.watch('services', ({ object }) => queue.add(keyOf(object))),
    store.watch('pods', ({ object }) => {
      for (const service of store.list('services', object.metadata.namespace)) {
        if (selects(service, object)) queue.add(keyOf(service));
      }
    }),
  ];
  for (const service of store.list('services')) queue.add(keyOf(service));
  return () => {
    for (const each of undo) each();
    queue.close();
  };
}

function selects(service: KubeObject, pod: KubeObject): boolean {
  const selector = Object.entries(stringMapAt(service, 'spec', 'selector'));
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value);
}

function reconcile({ store }: ControllerDependencies, key: string): void {
  const { namespace, name } = splitKey(key);
  const service = store.get('services', namespace, name);
  if (!service) {
    store.remove('endpoints', namespace, name);
    return;
  }
  if (Object.keys(stringMapAt(service, 'spec', 'selector')).length === 0) return;
  if (store.get('namespaces', '', namespace)?.metadata.deletionTimestamp) return;
  const pods = store
    .list<Pod>('pods', namespace)
    .filter((pod) => selects(service, pod) && pod.status.podIP && !pod.metadata.deletionTimestamp && isReady(pod));
  const ports = listAt(service, 'spec', 'ports').map((port) => ({
    ...(textAt(port, 'name') ? { name: textAt(port, 'name') } : {}),
    port: targetPort(port, pods[0]),
    protocol: textAt(port, 'protocol') || 'TCP',
  }));
  const reference = ({ metadata }: Pod) => ({ kind: 'Pod', namespace, name: metadata.name, uid: metadata.uid });
  put(store, 'endpoints', {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: service.metadata.labels },
    subsets:
      pods.length === 0
        ? []
        : [
            {
              addresses: pods.map((pod) => ({
                ip: pod.status.podIP,
                nodeName: pod.spec.nodeName,
                targetRef: reference(pod),
              })),
              ports,
            },
          ],
  });
  put(store, slices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      namespace,
      labels: {
        ...service.metadata.labels,
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => ({
      addresses: [pod.status.podIP],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: pod.spec.nodeName,
      targetRef: reference(pod),
    })),
    ports: ports.map((port) => ({ name: '', ...port })),
  });
}

/** A number as it stands, or the number behind a named container port. */
function targetPort(port: unknown, pod: Pod | undefined): number {
  const target = at(port, 'targetPort');
  if (typeof target === 'number') return target;
  const named = pod?.spec.containers.flatMap((container) => container.ports ?? []).find(({ name }) => name === target);
  return named?.containerPort ?? numberAt(port, 'port');
}

function put(
  store: ControllerDependencies['store'],
  resource: string,
  wanted: Omit<KubeObject, 'metadata'> & {
    metadata: Partial<KubeObject['metadata']> & { name: string; namespace: string };
  },
): void {
  const { name, namespace } = wanted.metadata;
  if (!store.get(resource, namespace, name)) {
    store.create(resource, wanted as Parameters<typeof store.create>[1]);
    return;
  }
  store.modify(resource, namespace, name, (draft) => {
    for (const [field, value] of Object.entries(wanted)) if (field !== 'metadata') draft[field] = value;
  });
}
