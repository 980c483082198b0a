import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';

type RequestParts = Partial<AuditEvent> & Pick<AuditEvent, 'verb' | 'resource'>;

/** What people do all day, as command line and the requests that it makes. */
export interface CommandTemplate {
  line: string;
  tool: string;
  /** Whether the exact line is known (in-app terminal) or kubectl's headers only. */
  exact: boolean;
  requests: RequestParts[];
}

const list = (resource: string, more: Partial<AuditEvent> = {}): RequestParts => ({
  verb: 'list',
  resource,
  namespace: 'shop',
  query: 'limit=500',
  bytesOut: 18_400,
  ...more,
});
const get = (resource: string, name: string, more: Partial<AuditEvent> = {}): RequestParts => ({
  verb: 'get',
  resource,
  name,
  namespace: 'shop',
  bytesOut: 6_200,
  ...more,
});
const apps = { apiGroup: 'apps' };

export const everydayCommands: readonly CommandTemplate[] = [
  { line: 'kubectl get pods -n shop', tool: 'kubectl', exact: true, requests: [list('pods')] },
  {
    line: 'kubectl describe pod checkout-7d9c6b5f4-x2x8k -n shop',
    tool: 'kubectl',
    exact: true,
    requests: [get('pods', 'checkout-7d9c6b5f4-x2x8k'), list('events', { query: 'fieldSelector=involvedObject.uid' })],
  },
  {
    line: 'kubectl apply -f deploy/',
    tool: 'kubectl',
    exact: true,
    requests: [
      { verb: 'get', resource: '', path: '/openapi/v3', bytesOut: 4_100 },
      get('deployments', 'checkout', apps),
      { ...get('deployments', 'checkout', apps), verb: 'patch', method: 'PATCH', bytesIn: 1_420 },
      get('services', 'checkout'),
      get('configmaps', 'checkout-settings'),
      { ...get('configmaps', 'checkout-settings'), verb: 'patch', method: 'PATCH', bytesIn: 380 },
    ],
  },
  {
    line: 'kubectl rollout status deployment/checkout -n shop',
    tool: 'kubectl',
    exact: true,
    requests: [list('deployments', apps), { ...list('deployments', apps), verb: 'watch', query: 'watch=true' }],
  },
  {
    line: 'kubectl exec',
    tool: 'kubectl',
    exact: false,
    requests: [
      get('pods', 'payments-0'),
      { ...get('pods', 'payments-0'), subresource: 'exec', verb: 'create', query: 'command=sh&stdin=true&tty=true' },
    ],
  },
  {
    line: 'helm',
    tool: 'helm',
    exact: false,
    requests: [list('secrets', { query: 'labelSelector=owner%3Dhelm' }), list('deployments', apps), list('services')],
  },
  {
    line: 'Lens',
    tool: 'Lens',
    exact: false,
    requests: [
      list('pods', { namespace: '' }),
      list('nodes', { namespace: '' }),
      list('deployments', { ...apps, namespace: '' }),
      list('events', { namespace: '' }),
      { verb: 'get', resource: '', path: '/version', bytesOut: 263 },
    ],
  },
  {
    line: 'kubectl top pods -n shop',
    tool: 'kubectl',
    exact: true,
    requests: [list('pods', { apiGroup: 'metrics.k8s.io', apiVersion: 'v1beta1' })],
  },
  {
    line: 'kubectl get deployments,services -A',
    tool: 'kubectl',
    exact: true,
    requests: [list('deployments', apps), list('services')],
  },
];

export const deniedCommand: CommandTemplate = {
  line: 'kubectl delete pod checkout-7d9c6b5f4-x2x8k -n shop',
  tool: 'kubectl',
  exact: true,
  requests: [
    {
      ...get('pods', 'checkout-7d9c6b5f4-x2x8k'),
      verb: 'delete',
      method: 'DELETE',
      decision: 'denied',
      status: 403,
      grant: null,
      rule: null,
      bytesOut: 412,
      reason:
        'no grant of alice@acme.example allows "delete" on "pods" in cluster "prod" as viewer; grant "platform-admin" (role admin) would',
    },
  ],
};

export const failedCommand: CommandTemplate = {
  line: 'kubectl get pod checkout -n shop',
  tool: 'kubectl',
  exact: true,
  requests: [get('pods', 'checkout', { status: 404, bytesOut: 240 })],
};

export const runningCommand: CommandTemplate = {
  line: 'kubectl logs -f deployment/checkout -n shop',
  tool: 'kubectl',
  exact: true,
  requests: [
    get('deployments', 'checkout', apps),
    list('pods', { query: 'labelSelector=app%3Dcheckout' }),
    {
      ...get('pods', 'checkout-7d9c6b5f4-x2x8k'),
      subresource: 'log',
      query: 'follow=true',
      completedAt: null,
      durationMs: null,
    },
  ],
};
