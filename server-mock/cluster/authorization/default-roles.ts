import type { NewObject } from '../objects.ts';
import { rbacGroup } from '../resources/rbac.ts';

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const apiVersion = `${rbacGroup}/v1`;

function rule(apiGroup: string, verbs: string[], ...resources: string[]) {
  return { apiGroups: [apiGroup], resources, verbs };
}

function urls(...nonResourceURLs: string[]) {
  return { nonResourceURLs, verbs: ['get'] };
}

const publicPaths = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const workloads = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const workloadStatus = ['daemonsets/status', 'deployments/status', 'replicasets/status', 'statefulsets/status'];

// What the user-facing roles of Kubernetes allow, as the reference page on RBAC describes them: view reads all but
// Secrets and RBAC, edit also writes and runs commands in pods, admin also manages RBAC within a namespace.
const viewRules = [
  rule(
    '',
    read,
    'configmaps',
    'endpoints',
    'persistentvolumeclaims',
    'persistentvolumeclaims/status',
    'pods',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'serviceaccounts',
    'services',
    'services/status',
  ),
  rule(
    '',
    read,
    'bindings',
    'events',
    'limitranges',
    'namespaces/status',
    'pods/log',
    'pods/status',
    'replicationcontrollers/status',
    'resourcequotas',
    'resourcequotas/status',
  ),
  rule('', read, 'namespaces'),
  rule('discovery.k8s.io', read, 'endpointslices'),
  rule('apps', read, 'controllerrevisions', ...workloads, ...workloadStatus),
  rule('autoscaling', read, 'horizontalpodautoscalers', 'horizontalpodautoscalers/status'),
  rule('batch', read, 'cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'),
  rule('policy', read, 'poddisruptionbudgets', 'poddisruptionbudgets/status'),
  rule('networking.k8s.io', read, 'ingresses', 'ingresses/status', 'networkpolicies'),
];

const editRules = [
  rule('', read, 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'),
  rule('', ['impersonate'], 'serviceaccounts'),
  rule('', write, 'pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'),
  rule('', ['create'], 'pods/eviction'),
  rule(
    '',
    write,
    'configmaps',
    'events',
    'persistentvolumeclaims',
    'replicationcontrollers',
    'replicationcontrollers/scale',
    'secrets',
    'serviceaccounts',
    'services',
    'services/proxy',
  ),
  rule('', ['create'], 'serviceaccounts/token'),
  rule('apps', write, ...workloads, 'deployments/rollback'),
  rule('autoscaling', write, 'horizontalpodautoscalers'),
  rule('batch', write, 'cronjobs', 'jobs'),
  rule('policy', write, 'poddisruptionbudgets'),
  rule('networking.k8s.io', write, 'ingresses', 'networkpolicies'),
  rule('coordination.k8s.io', [...read, ...write], 'leases'),
];

const adminRules = [
  rule('authorization.k8s.io', ['create'], 'localsubjectaccessreviews'),
  rule(rbacGroup, [...read, ...write], 'rolebindings', 'roles'),
];

function clusterRole(name: string, rules: unknown[], labels: Record<string, string> = {}): NewObject {
  return { apiVersion, kind: 'ClusterRole', metadata: defaultMetadata(name, labels), rules };
}

function aggregated(name: string, labels: Record<string, string>, ...from: string[]): NewObject {
  return {
    ...clusterRole(name, [], labels),
    aggregationRule: {
      clusterRoleSelectors: from.map((label) => ({
        matchLabels: { [`rbac.authorization.k8s.io/aggregate-to-${label}`]: 'true' },
      })),
    },
  };
}

function bindingTo(role: string, ...groups: string[]): NewObject {
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: defaultMetadata(role, {}),
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects: groups.map((name) => ({ apiGroup: rbacGroup, kind: 'Group', name })),
  };
}

function defaultMetadata(name: string, labels: Record<string, string>) {
  return {
    name,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

const aggregateTo = (name: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' });

/** The ClusterRoles that every cluster has from its first start. */
export const defaultClusterRoles: readonly NewObject[] = [
  clusterRole('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  aggregated('admin', {}, 'admin'),
  aggregated('edit', aggregateTo('admin'), 'edit'),
  aggregated('view', aggregateTo('edit'), 'view'),
  clusterRole('system:aggregate-to-admin', adminRules, aggregateTo('admin')),
  clusterRole('system:aggregate-to-edit', editRules, aggregateTo('edit')),
  clusterRole('system:aggregate-to-view', viewRules, aggregateTo('view')),
  clusterRole('system:discovery', [
    urls('/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...publicPaths),
  ]),
  clusterRole('system:basic-user', [
    rule('authorization.k8s.io', ['create'], 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
    rule('authentication.k8s.io', ['create'], 'selfsubjectreviews'),
  ]),
  clusterRole('system:public-info-viewer', [urls(...publicPaths)]),
  clusterRole('system:auth-delegator', [
    rule('authentication.k8s.io', ['create'], 'tokenreviews'),
    rule('authorization.k8s.io', ['create'], 'subjectaccessreviews'),
  ]),
];

export const defaultClusterRoleBindings: readonly NewObject[] = [
  bindingTo('cluster-admin', 'system:masters'),
  bindingTo('system:discovery', 'system:authenticated'),
  bindingTo('system:basic-user', 'system:authenticated'),
  bindingTo('system:public-info-viewer', 'system:authenticated', 'system:unauthenticated'),
];
