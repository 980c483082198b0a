import { applyDefaults, at, ensureRecord, isRecord, listAt, numberAt, textAt, textsAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import type { FieldError } from '../status.ts';
import type { Draft, WriteContext } from './definition.ts';
import { invalidValue, required, unsupported } from './validation.ts';

const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const nodePorts = { from: 30_000, to: 32_767 };

/** Defaults a Service and gives it what the API server allocates: cluster IPs out of 10.96.0.0/16 and node ports. */
export function prepareService(draft: Draft, context: WriteContext): void {
  const spec = ensureRecord(draft, 'spec');
  applyDefaults(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  applyDefaults(ensureRecord(draft, 'status'), { loadBalancer: {} });
  for (const port of listAt(spec, 'ports')) {
    if (isRecord(port)) applyDefaults(port, { protocol: 'TCP', targetPort: port.port });
  }
  if (spec.type === 'ExternalName') return;
  applyDefaults(spec, { internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  const others = context.store.list('services').filter((service) => service.metadata.uid !== draft.metadata.uid);
  const before = textAt(context.previous, 'spec', 'clusterIP');
  if (!spec.clusterIP) spec.clusterIP = before || freeClusterIP(others, context.random);
  applyDefaults(spec, { clusterIPs: [spec.clusterIP] });
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') {
    applyDefaults(spec, { externalTrafficPolicy: 'Cluster' });
    if (spec.type === 'LoadBalancer') applyDefaults(spec, { allocateLoadBalancerNodePorts: true });
    const taken = new Set(others.flatMap((service) => portsOf(service)));
    for (const port of listAt(spec, 'ports')) {
      if (!isRecord(port) || numberAt(port, 'nodePort') !== 0) continue;
      port.nodePort = freeNodePort(taken, context.random);
      taken.add(port.nodePort as number);
    }
  }
}

function portsOf(service: KubeObject): number[] {
  return listAt(service, 'spec', 'ports').map((port) => numberAt(port, 'nodePort'));
}

function freeClusterIP(services: readonly KubeObject[], random: () => number): string {
  const taken = new Set(services.flatMap((service) => textsAt(service, 'spec', 'clusterIPs')));
  const size = 65_534;
  const start = Math.floor(random() * size);
  for (let offset = 0; offset < size; offset++) {
    const host = ((start + offset) % size) + 1;
    const address = `10.96.${host >> 8}.${host & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('the cluster IP range 10.96.0.0/16 is full');
}

function freeNodePort(taken: ReadonlySet<number>, random: () => number): number {
  const size = nodePorts.to - nodePorts.from + 1;
  const start = Math.floor(random() * size);
  for (let offset = 0; offset < size; offset++) {
    const port = nodePorts.from + ((start + offset) % size);
    if (!taken.has(port)) return port;
  }
  throw new Error('every node port is taken');
}

export function validateService(draft: Draft, previous: KubeObject | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const type = textAt(draft, 'spec', 'type');
  if (!serviceTypes.includes(type)) errors.push(unsupported('spec.type', type, serviceTypes));
  if (type === 'ExternalName') {
    return textAt(draft, 'spec', 'externalName') ? errors : [...errors, required('spec.externalName')];
  }
  const ports = listAt(draft, 'spec', 'ports');
  const headless = textAt(draft, 'spec', 'clusterIP') === 'None';
  if (ports.length === 0 && !headless) errors.push(required('spec.ports'));
  for (const [index, port] of ports.entries()) {
    const number = numberAt(port, 'port');
    if (number < 1 || number > 65_535) {
      errors.push(
        invalidValue(`spec.ports[${index}].port`, at(port, 'port'), 'must be between 1 and 65535, inclusive'),
      );
    }
    if (ports.length > 1 && !textAt(port, 'name')) errors.push(required(`spec.ports[${index}].name`));
  }
  const before = textAt(previous, 'spec', 'clusterIP');
  const after = textAt(draft, 'spec', 'clusterIP');
  if (before && before !== after) {
    errors.push(invalidValue('spec.clusterIPs[0]', [after], 'may not change once set'));
  }
  return errors;
}
