import { at, listAt, numberAt, recordAt, stringMapAt, textAt, textsAt } from '../json.ts';
import { columns, type Printer } from './column.ts';
import { age } from './duration.ts';
import { ageOf, formatLabels, nameOf, none, orNone } from './text.ts';

// The columns and cells of pkg/printers/internalversion/printers.go (v1.33).

/** For resources that have no printer of their own: what `rest.defaultTableConvertor` shows. */
export const defaultPrinter: Printer = {
  columns: columns('Name', 'Created At'),
  cells: (object) => [nameOf(object), textAt(object, 'metadata', 'creationTimestamp')],
};

export const namespacePrinter: Printer = {
  columns: columns('Name', 'Status', 'Age'),
  cells: (object, now) => [nameOf(object), textAt(object, 'status', 'phase'), ageOf(object, now)],
};

export const configMapPrinter: Printer = {
  columns: columns('Name', 'Data', 'Age'),
  cells: (object, now) => [
    nameOf(object),
    Object.keys(recordAt(object, 'data')).length + Object.keys(recordAt(object, 'binaryData')).length,
    ageOf(object, now),
  ],
};

export const secretPrinter: Printer = {
  columns: columns('Name', 'Type', '#Data', 'Age'),
  cells: (object, now) => [
    nameOf(object),
    textAt(object, 'type'),
    Object.keys(recordAt(object, 'data')).length,
    ageOf(object, now),
  ],
};

export const serviceAccountPrinter: Printer = {
  columns: columns('Name', '#Secrets', 'Age'),
  cells: (object, now) => [nameOf(object), listAt(object, 'secrets').length, ageOf(object, now)],
};

export const servicePrinter: Printer = {
  columns: columns('Name', 'Type', 'Cluster-IP', 'External-IP', 'Port(s)', 'Age', '*Selector'),
  cells(service, now) {
    const type = textAt(service, 'spec', 'type');
    return [
      nameOf(service),
      type,
      orNone(textAt(service, 'spec', 'clusterIP')),
      externalAddress(service, type),
      orNone(servicePorts(service)),
      ageOf(service, now),
      formatLabels(stringMapAt(service, 'spec', 'selector')),
    ];
  },
};

function externalAddress(service: unknown, type: string): string {
  const external = textsAt(service, 'spec', 'externalIPs');
  if (type === 'ExternalName') return textAt(service, 'spec', 'externalName');
  if (type !== 'LoadBalancer') return orNone(external.join(','));
  const balanced = listAt(service, 'status', 'loadBalancer', 'ingress').map(
    (ingress) => textAt(ingress, 'ip') || textAt(ingress, 'hostname'),
  );
  return [...balanced, ...external].join(',') || '<pending>';
}

function servicePorts(service: unknown): string {
  return listAt(service, 'spec', 'ports')
    .map((port) => {
      const nodePort = numberAt(port, 'nodePort');
      const protocol = textAt(port, 'protocol');
      return `${numberAt(port, 'port')}${nodePort ? `:${nodePort}` : ''}/${protocol}`;
    })
    .join(',');
}

export const endpointsPrinter: Printer = {
  columns: columns('Name', 'Endpoints', 'Age'),
  cells: (object, now) => [nameOf(object), formatEndpoints(object), ageOf(object, now)],
};

function formatEndpoints(endpoints: unknown): string {
  const shown = listAt(endpoints, 'subsets').flatMap((subset) => {
    const addresses = listAt(subset, 'addresses').map((address) => textAt(address, 'ip'));
    const ports = listAt(subset, 'ports').map((port) => numberAt(port, 'port'));
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => addresses.map((address) => `${address}:${port}`));
  });
  const limit = 3;
  if (shown.length <= limit) return orNone(shown.join(','));
  return `${shown.slice(0, limit).join(',')} + ${shown.length - limit} more...`;
}

export const endpointSlicePrinter: Printer = {
  columns: columns('Name', 'AddressType', 'Ports', 'Endpoints', 'Age'),
  cells(slice, now) {
    const ports = listAt(slice, 'ports').map((port) => String(numberAt(port, 'port')));
    const addresses = listAt(slice, 'endpoints').flatMap((endpoint) => textsAt(endpoint, 'addresses'));
    return [
      nameOf(slice),
      textAt(slice, 'addressType'),
      shortList(ports, '<unset>'),
      shortList(addresses, '<unset>'),
      ageOf(slice, now),
    ];
  },
};

function shortList(values: string[], empty: string): string {
  if (values.length === 0) return empty;
  return values.length <= 3 ? values.join(',') : `${values.slice(0, 3).join(',')} + ${values.length - 3} more...`;
}

export const nodePrinter: Printer = {
  columns: columns(
    'Name',
    'Status',
    'Roles',
    'Age',
    'Version',
    '*Internal-IP',
    '*External-IP',
    '*OS-Image',
    '*Kernel-Version',
    '*Container-Runtime',
  ),
  cells(node, now) {
    const info = recordAt(node, 'status', 'nodeInfo');
    return [
      nameOf(node),
      nodeStatus(node),
      nodeRoles(node),
      ageOf(node, now),
      textAt(info, 'kubeletVersion'),
      nodeAddress(node, 'InternalIP'),
      nodeAddress(node, 'ExternalIP'),
      textAt(info, 'osImage') || '<unknown>',
      textAt(info, 'kernelVersion') || '<unknown>',
      textAt(info, 'containerRuntimeVersion') || '<unknown>',
    ];
  },
};

function nodeStatus(node: unknown): string {
  const ready = listAt(node, 'status', 'conditions').find((condition) => textAt(condition, 'type') === 'Ready');
  const words = [ready === undefined ? 'Unknown' : textAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady'];
  if (at(node, 'spec', 'unschedulable') === true) words.push('SchedulingDisabled');
  return words.join(',');
}

function nodeRoles(node: unknown): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(stringMapAt(node, 'metadata', 'labels'))
    .filter((label) => label.startsWith(prefix) && label.length > prefix.length)
    .map((label) => label.slice(prefix.length));
  return orNone(roles.sort().join(','));
}

function nodeAddress(node: unknown, type: string): string {
  const address = listAt(node, 'status', 'addresses').find((candidate) => textAt(candidate, 'type') === type);
  return orNone(textAt(address, 'address'));
}

export const persistentVolumeClaimPrinter: Printer = {
  columns: columns(
    'Name',
    'Status',
    'Volume',
    'Capacity',
    'Access Modes',
    'StorageClass',
    'VolumeAttributesClass',
    'Age',
    '*VolumeMode',
  ),
  cells(claim, now) {
    const volume = textAt(claim, 'spec', 'volumeName');
    const bound = volume !== '';
    return [
      nameOf(claim),
      textAt(claim, 'metadata', 'deletionTimestamp') ? 'Terminating' : textAt(claim, 'status', 'phase'),
      volume,
      bound ? textAt(claim, 'status', 'capacity', 'storage') : '',
      bound ? textsAt(claim, 'status', 'accessModes').map(shortAccessMode).join(',') : '',
      textAt(claim, 'spec', 'storageClassName'),
      textAt(claim, 'spec', 'volumeAttributesClassName') || '<unset>',
      ageOf(claim, now),
      textAt(claim, 'spec', 'volumeMode') || '<unset>',
    ];
  },
};

function shortAccessMode(mode: string): string {
  return { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' }[mode] ?? mode;
}

export const eventPrinter: Printer = {
  columns: columns(
    'Last Seen',
    'Type',
    'Reason',
    'Object',
    '*Subobject',
    '*Source',
    'Message',
    '*First Seen',
    '*#Count',
    '*Name',
  ),
  cells(event, now) {
    const firstSeen = at(event, 'firstTimestamp') ?? at(event, 'eventTime');
    const lastSeen = at(event, 'series', 'lastObservedTime') ?? at(event, 'lastTimestamp') ?? firstSeen;
    const object = recordAt(event, 'involvedObject');
    const kind = textAt(object, 'kind').toLowerCase();
    const name = textAt(object, 'name');
    const component = textAt(event, 'source', 'component') || textAt(event, 'reportingComponent');
    const host = textAt(event, 'source', 'host') || textAt(event, 'reportingInstance');
    return [
      age(lastSeen, now),
      textAt(event, 'type'),
      textAt(event, 'reason'),
      name ? `${kind}/${name}` : kind,
      textAt(object, 'fieldPath'),
      host ? `${component}, ${host}` : component,
      textAt(event, 'message').trim(),
      age(firstSeen, now),
      numberAt(event, 'series', 'count') || numberAt(event, 'count') || 1,
      nameOf(event),
    ];
  },
};

export const leasePrinter: Printer = {
  columns: columns('Name', 'Holder', 'Age'),
  cells: (lease, now) => [nameOf(lease), textAt(lease, 'spec', 'holderIdentity'), ageOf(lease, now)],
};

export const ingressPrinter: Printer = {
  columns: columns('Name', 'Class', 'Hosts', 'Address', 'Ports', 'Age'),
  cells(ingress, now) {
    const hosts = listAt(ingress, 'spec', 'rules').map((rule) => textAt(rule, 'host') || '*');
    return [
      nameOf(ingress),
      textAt(ingress, 'spec', 'ingressClassName') || none,
      hosts.length === 0 ? '*' : shortList(hosts, '*'),
      listAt(ingress, 'status', 'loadBalancer', 'ingress')
        .map((entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'))
        .join(','),
      listAt(ingress, 'spec', 'tls').length > 0 ? '80, 443' : '80',
      ageOf(ingress, now),
    ];
  },
};

export const ingressClassPrinter: Printer = {
  columns: columns('Name', 'Controller', 'Parameters', 'Age'),
  cells: (object, now) => [
    nameOf(object),
    textAt(object, 'spec', 'controller'),
    orNone(textAt(object, 'spec', 'parameters', 'name')),
    ageOf(object, now),
  ],
};

export const networkPolicyPrinter: Printer = {
  columns: columns('Name', 'Pod-Selector', 'Age'),
  cells: (object, now) => [
    nameOf(object),
    formatLabels(stringMapAt(object, 'spec', 'podSelector', 'matchLabels')),
    ageOf(object, now),
  ],
};

export const resourceQuotaPrinter: Printer = {
  columns: columns('Name', 'Request', 'Limit', 'Age'),
  cells(quota, now) {
    const limits = Object.entries(stringMapAt(quota, 'status', 'hard')).sort(([a], [b]) => (a < b ? -1 : 1));
    const shown = (wanted: (name: string) => boolean) =>
      limits
        .filter(([name]) => wanted(name))
        .map(([name, hard]) => `${name}: ${textAt(quota, 'status', 'used', name) || '0'}/${hard}`)
        .join(', ');
    const isLimit = (name: string) => name.startsWith('limits.');
    return [nameOf(quota), shown((name) => !isLimit(name)), shown(isLimit), ageOf(quota, now)];
  },
};
