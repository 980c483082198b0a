import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ObjectMeta,
  V1PolicyRule,
  V1RoleBinding,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import type { PolicyRule, RoleSpec } from '../../proxy-core/contract/policy.ts';
import { accountLabel, accountName } from './account-name.ts';

/** Where every just-in-time account lives. */
export const accountNamespace = 'postern-system';

export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedBy = 'postern-agent';
/** The account that an object belongs to, on bindings and roles too. */
export const accountLabelKey = 'postern.dev/account';
export const userLabel = 'postern.dev/user';
export const sessionLabel = 'postern.dev/session';
export const roleLabel = 'postern.dev/role';
export const userAnnotation = 'postern.dev/user';
export const roleAnnotation = 'postern.dev/role';
export const sessionAnnotation = 'postern.dev/session';
export const lastUseAnnotation = 'postern.dev/last-use';
export const expiresAnnotation = 'postern.dev/expires-at';
export const idleTimeoutAnnotation = 'postern.dev/idle-timeout-ms';

/** By what an agent, also a later one, knows when an account is to go. */
export interface AccountUsage {
  /** The session that last announced it. */
  sessionId: string;
  lastUseMs: number;
  /** Null for no fixed end. */
  expiresAtMs: number | null;
  idleTimeoutMs: number;
}

/** What an account in the cluster is to be. */
export interface AccountSpec extends AccountUsage {
  name: string;
  user: string;
  role: string;
  roleSpec: RoleSpec;
}

/** The objects that give an account its rights, besides the account itself. */
export interface AccountRights {
  clusterRoles: V1ClusterRole[];
  clusterRoleBindings: V1ClusterRoleBinding[];
  roleBindings: V1RoleBinding[];
}

export const noRights: AccountRights = { clusterRoles: [], clusterRoleBindings: [], roleBindings: [] };

export function serviceAccountOf(spec: AccountSpec): V1ServiceAccount {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      name: spec.name,
      namespace: accountNamespace,
      labels: labelsOf(spec),
      annotations: { ...annotationsOf(spec), ...usageAnnotations(spec) },
    },
    // Nothing mounts it: its tokens come from TokenRequest and stay with the agent.
    automountServiceAccountToken: false,
  };
}

export function usageAnnotations(usage: AccountUsage): Record<string, string> {
  return {
    [sessionAnnotation]: usage.sessionId,
    [lastUseAnnotation]: new Date(usage.lastUseMs).toISOString(),
    [expiresAnnotation]: usage.expiresAtMs === null ? 'never' : new Date(usage.expiresAtMs).toISOString(),
    [idleTimeoutAnnotation]: String(usage.idleTimeoutMs),
  };
}

/** The role and bindings that the session's role asks for: cluster-wide, or one binding per namespace. */
export function rightsOf(spec: AccountSpec): AccountRights {
  const name = rightsName(spec.name);
  const { clusterRole, rules, namespaces } = spec.roleSpec;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole ?? name };
  const subjects = [{ kind: 'ServiceAccount', name: spec.name, namespace: accountNamespace }];
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  return {
    clusterRoles: rules
      ? [{ apiVersion, kind: 'ClusterRole', metadata: metadata(spec, name), rules: clusterRules(rules) }]
      : [],
    clusterRoleBindings: namespaces
      ? []
      : [{ apiVersion, kind: 'ClusterRoleBinding', metadata: metadata(spec, name), roleRef, subjects }],
    roleBindings: (namespaces ?? []).map((namespace) => ({
      apiVersion,
      kind: 'RoleBinding',
      metadata: { ...metadata(spec, name), namespace },
      roleRef,
      subjects,
    })),
  };
}

/** The name of an account's binding, and of the ClusterRole made for it. */
function rightsName(account: string): string {
  return `postern:${account}`;
}

function metadata(spec: AccountSpec, name: string): V1ObjectMeta {
  return { name, labels: labelsOf(spec), annotations: annotationsOf(spec) };
}

function labelsOf(spec: AccountSpec): Record<string, string> {
  return {
    [managedByLabel]: managedBy,
    [accountLabelKey]: accountLabel(spec.name),
    [userLabel]: accountLabel(accountName(spec.user)),
    [roleLabel]: spec.role,
    [sessionLabel]: spec.sessionId,
  };
}

function annotationsOf(spec: AccountSpec): Record<string, string> {
  return { [userAnnotation]: spec.user, [roleAnnotation]: spec.role };
}

const interactiveResources = ['pods/exec', 'pods/attach', 'pods/portforward'];

/**
 * A role's rules as Kubernetes takes them. One rule may not have both resources and paths, and a rule for resources
 * without groups allows nothing.
 *
 * Policy counts exec, attach and port-forward as `create`. An API server before 1.35 asks for `get` where they come as
 * WebSocket (GET), so whoever may `create` them gets `get` on them too, which alone opens nothing that `create` does not.
 */
export function clusterRules(rules: readonly PolicyRule[]): V1PolicyRule[] {
  return rules.flatMap(({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }) => {
    const made: V1PolicyRule[] = [];
    const names = resourceNames.length > 0 ? { resourceNames } : {};
    if (resources.length > 0 && apiGroups.length > 0) made.push({ apiGroups, resources, ...names, verbs });
    if (nonResourceURLs.length > 0) made.push({ nonResourceURLs, verbs });
    const interactive = interactiveResources.filter((resource) => covers(resources, resource));
    if (interactive.length > 0 && covers(apiGroups, '') && verbs.includes('create') && !verbs.includes('get')) {
      made.push({ apiGroups: [''], resources: interactive, ...names, verbs: ['get'] });
    }
    return made;
  });
}

function covers(allowed: readonly string[], asked: string): boolean {
  return allowed.includes('*') || allowed.includes(asked) || allowed.includes(asked.replace(/^pods\//, '*/'));
}
