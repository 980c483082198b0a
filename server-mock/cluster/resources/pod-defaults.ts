import { applyDefaults, at, ensureRecord, isRecord, listAt, recordAt, textAt } from '../json.ts';

/**
 * Fills in a pod spec as the API server does, so that `kubectl get -o yaml` and three-way merges see what they know.
 *
 * @see pkg/apis/core/v1/defaults.go (v1.33)
 */
export function defaultPodSpec(spec: Record<string, unknown>): void {
  applyDefaults(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
  });
  for (const field of ['containers', 'initContainers']) {
    for (const container of listAt(spec, field)) if (isRecord(container)) defaultContainer(container);
  }
  for (const volume of listAt(spec, 'volumes')) {
    for (const source of ['configMap', 'secret', 'projected']) {
      if (isRecord(at(volume, source))) applyDefaults(recordAt(volume, source), { defaultMode: 0o644 });
    }
  }
}

function defaultContainer(container: Record<string, unknown>): void {
  applyDefaults(container, {
    imagePullPolicy: isLatest(textAt(container, 'image')) ? 'Always' : 'IfNotPresent',
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  });
  for (const port of listAt(container, 'ports')) if (isRecord(port)) applyDefaults(port, { protocol: 'TCP' });
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const settings = container[probe];
    if (!isRecord(settings)) continue;
    applyDefaults(settings, { failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 });
    if (isRecord(settings.httpGet)) applyDefaults(settings.httpGet, { path: '/', scheme: 'HTTP' });
  }
}

function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const lastSegment = image.slice(image.lastIndexOf('/') + 1);
  const colon = lastSegment.indexOf(':');
  return colon === -1 || lastSegment.slice(colon + 1) === 'latest';
}

/** Defaults the template of a workload; returns its spec. */
export function defaultPodTemplate(owner: Record<string, unknown>): void {
  const template = ensureRecord(owner, 'template');
  applyDefaults(ensureRecord(template, 'metadata'), { creationTimestamp: null });
  defaultPodSpec(ensureRecord(template, 'spec'));
}

/** @see pkg/apis/core/v1/helper/qos/qos.go (v1.33) */
export function qosClass(spec: unknown): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  const compute = ['cpu', 'memory'];
  let any = false;
  let guaranteed = containers.length > 0;
  for (const container of containers) {
    const requests = recordAt(container, 'resources', 'requests');
    const limits = recordAt(container, 'resources', 'limits');
    for (const name of compute) {
      if (requests[name] !== undefined || limits[name] !== undefined) any = true;
      if (limits[name] === undefined || (requests[name] ?? limits[name]) !== limits[name]) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
