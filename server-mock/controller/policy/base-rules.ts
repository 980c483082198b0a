import type { PolicyRule } from '../../../proxy-core/contract/policy.ts';

/**
 * What Kubernetes itself lets every signed-in account do, and without which kubectl cannot work out what a cluster
 * serves: the default ClusterRoles `system:discovery`, `system:public-info-viewer` and `system:basic-user`. They hold
 * for every held role, also for one bound to namespaces; the cluster's own bindings then decide again.
 *
 * @see Kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go
 */
export const baseRules: readonly PolicyRule[] = [
  {
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
    verbs: ['get'],
  },
  {
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    verbs: ['create'],
  },
  { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
];
