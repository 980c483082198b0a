import type { PolicyRule } from '../../proxy-core/contract/policy.ts';

/** Where an agent inside a cluster keeps its state. Here, since the controller reads this file and has no Kubernetes client. */
export const stateSecretName = 'postern-agent-identity';

/**
 * What an agent inside a cluster needs there, and no more: for the bootstrap YAML. It hands out roles, so it needs
 * `bind` and `escalate`, by which Kubernetes lets an account grant what it does not have itself.
 *
 * @see Kubernetes, Using RBAC Authorization: privilege escalation prevention and bootstrapping
 */
export const clusterPermissions: readonly PolicyRule[] = [
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles'],
    verbs: ['get', 'list', 'create', 'delete', 'bind', 'escalate'],
  },
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterrolebindings', 'rolebindings'],
    verbs: ['list', 'create', 'delete'],
  },
  // Also of accounts elsewhere, for roles that name an existing one.
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
];

/** And within its own namespace, where the accounts live. */
export const namespacePermissions: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  { apiGroups: [''], resources: ['secrets'], resourceNames: [stateSecretName], verbs: ['get', 'update'] },
];
