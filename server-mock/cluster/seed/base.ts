import { gitVersion } from '../api/version.ts';
import { defaultClusterRoleBindings, defaultClusterRoles } from '../authorization/default-roles.ts';
import { dayMs, emulatedAnnotation, type Seeder } from './seeder.ts';

/** What every cluster has: the default roles and bindings, its own namespaces, and the `kubernetes` Service. */
export function seedBase(seeder: Seeder, ageMs: number): void {
  for (const object of [...defaultClusterRoles, ...defaultClusterRoleBindings]) seeder.put(object, ageMs);
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) seedNamespace(seeder, name, ageMs);
  seeder.put(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { component: 'apiserver', provider: 'kubernetes' },
        annotations: emulatedAnnotation,
      },
      spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }] },
    },
    ageMs,
  );
}

export function seedNamespace(seeder: Seeder, name: string, ageMs: number): void {
  seeder.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, annotations: emulatedAnnotation } }, ageMs);
}

/** A node that says wherever it can that there is no machine behind it. */
export function seedNode(seeder: Seeder, name: string, index: number): void {
  const address = `192.168.49.${index + 2}`;
  const resources = { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '64Gi' };
  const now = seeder.ago(0);
  const since = seeder.ago(60 * dayMs);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: since,
    reason,
    message,
  });
  seeder.put(
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
          'node-role.kubernetes.io/worker': '',
          'postern.dev/emulated': 'true',
        },
        annotations: emulatedAnnotation,
      },
      spec: {
        podCIDR: `10.244.${index + 1}.0/24`,
        podCIDRs: [`10.244.${index + 1}.0/24`],
        providerID: `emulated://${name}`,
      },
      status: {
        capacity: resources,
        allocatable: resources,
        addresses: [
          { type: 'InternalIP', address },
          { type: 'Hostname', address: name },
        ],
        conditions: [
          condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'emulated node'),
          condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'emulated node'),
          condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'emulated node'),
          condition('Ready', 'True', 'KubeletReady', 'emulated node: no machine behind it'),
        ],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
        nodeInfo: {
          machineID: name,
          systemUUID: name,
          bootID: name,
          kernelVersion: 'none (emulated)',
          osImage: 'Postern emulated node',
          containerRuntimeVersion: 'emulated://1.0',
          kubeletVersion: gitVersion,
          kubeProxyVersion: gitVersion,
          operatingSystem: 'linux',
          architecture: 'amd64',
        },
      },
    },
    60 * dayMs,
  );
}
