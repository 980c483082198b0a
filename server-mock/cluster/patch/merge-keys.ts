/** How a strategic merge patch treats a list: merged by a key, merged as a set of plain values, or replaced. */
export type ListStrategy = { kind: 'merge'; key: string } | { kind: 'set' } | { kind: 'replace' };

const keyed: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  imagePullSecrets: 'name',
  secrets: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  schedulingGates: 'name',
  resourceClaims: 'name',
  ownerReferences: 'uid',
  conditions: 'type',
  addresses: 'type',
  podIPs: 'ip',
};

/**
 * The patch strategy of a list by the field that holds it: the `patchStrategy` and `patchMergeKey` tags of
 * Kubernetes' types, whose meaning goes with the field's name everywhere but for `ports`.
 *
 * @param elements any elements known of the list; those of `ports` tell a container's from a Service's
 */
export function listStrategy(field: string, elements: readonly unknown[]): ListStrategy {
  if (field === 'finalizers') return { kind: 'set' };
  if (field === 'ports') return portStrategy(elements);
  const key = keyed[field];
  return key && elements.every((element) => typeof element === 'object') ? { kind: 'merge', key } : { kind: 'replace' };
}

function portStrategy(elements: readonly unknown[]): ListStrategy {
  const has = (key: string) =>
    elements.some((element) => typeof element === 'object' && element !== null && key in element);
  if (has('containerPort')) return { kind: 'merge', key: 'containerPort' };
  return has('port') ? { kind: 'merge', key: 'port' } : { kind: 'replace' };
}

/** What OpenAPI says of a field's list, for clients that compute patches from it. */
export function documentedMergeKey(definition: string, field: string): { key?: string; strategy: string } | undefined {
  if (field === 'finalizers' && definition === 'ObjectMeta') return { strategy: 'merge' };
  if (field === 'volumes' && definition === 'PodSpec') return { key: 'name', strategy: 'merge,retainKeys' };
  if (field === 'ports') {
    if (definition === 'Container') return { key: 'containerPort', strategy: 'merge' };
    return definition === 'ServiceSpec' ? { key: 'port', strategy: 'merge' } : undefined;
  }
  const key = keyed[field];
  return key && keyedIn.has(`${definition}.${field}`) ? { key, strategy: 'merge' } : undefined;
}

const keyedIn: ReadonlySet<string> = new Set([
  'PodSpec.containers',
  'PodSpec.initContainers',
  'PodSpec.ephemeralContainers',
  'PodSpec.imagePullSecrets',
  'PodSpec.hostAliases',
  'PodSpec.topologySpreadConstraints',
  'PodSpec.schedulingGates',
  'PodSpec.resourceClaims',
  'Container.env',
  'Container.volumeMounts',
  'Container.volumeDevices',
  'ServiceAccount.secrets',
  'ObjectMeta.ownerReferences',
  'PodStatus.conditions',
  'PodStatus.podIPs',
  'DeploymentStatus.conditions',
  'ReplicaSetStatus.conditions',
  'StatefulSetStatus.conditions',
  'DaemonSetStatus.conditions',
  'JobStatus.conditions',
  'NamespaceStatus.conditions',
  'NodeStatus.conditions',
  'NodeStatus.addresses',
  'ServiceStatus.conditions',
  'PersistentVolumeClaimStatus.conditions',
]);
