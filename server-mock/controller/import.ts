import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { stringify } from 'yaml';
import { accountNamespace } from '../agent/account-objects.ts';
import { clusterPermissions, namespacePermissions } from '../agent/permissions.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

const agentName = 'postern-agent';
const joinSecretName = 'postern-agent-join';
const joinAnnotation = 'postern.dev/join-token-sha256';
/** Run where the import names no other; the container file is in `build/`. */
export const defaultAgentImage = `postern-agent:${version}`;

export interface Bootstrap {
  cluster: string;
  /** With the pin of the controller's CA, so that the agent needs to trust nothing else. */
  controllerUrl: string;
  joinToken: string;
  image?: string | undefined;
}

/**
 * Everything that `kubectl apply -f` needs to bring an agent into a cluster: its namespace and account, the rights that
 * it needs and no more, the single-use join token, and the Deployment.
 *
 * `bind` and `escalate` are needed since the agent hands out roles that it does not hold itself. Kubernetes has no finer
 * measure for either than the resource, so they are on ClusterRoles alone, and with no verb that changes an existing one.
 */
export function bootstrapYaml({ cluster, controllerUrl, joinToken, image = defaultAgentImage }: Bootstrap): string {
  const labels = { 'app.kubernetes.io/name': agentName, 'app.kubernetes.io/part-of': 'postern' };
  const inNamespace = { namespace: accountNamespace, labels };
  const subjects = [{ kind: 'ServiceAccount', name: agentName, namespace: accountNamespace }];
  const rbac = 'rbac.authorization.k8s.io';
  const documents = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: accountNamespace, labels } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: agentName, ...inNamespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: agentName, labels },
      rules: clusterPermissions,
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: agentName, labels },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: agentName },
      subjects,
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: agentName, ...inNamespace },
      rules: namespacePermissions,
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: agentName, ...inNamespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name: agentName },
      subjects,
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: joinSecretName, ...inNamespace },
      type: 'Opaque',
      stringData: { token: joinToken },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: agentName, ...inNamespace },
      spec: {
        replicas: 1,
        // One process for one identity: two would make and delete the same accounts.
        strategy: { type: 'Recreate' },
        selector: { matchLabels: { 'app.kubernetes.io/name': agentName } },
        template: {
          // Another import is another pod: one that runs would never see the new token.
          metadata: { labels, annotations: { [joinAnnotation]: hash('sha256', joinToken) } },
          spec: {
            serviceAccountName: agentName,
            securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'agent',
                image,
                args: ['--controller', controllerUrl],
                env: [
                  {
                    name: 'POSTERN_JOIN_TOKEN',
                    valueFrom: { secretKeyRef: { name: joinSecretName, key: 'token', optional: true } },
                  },
                ],
                resources: { requests: { cpu: '50m', memory: '96Mi' }, limits: { memory: '512Mi' } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    },
  ];
  const head = `# Postern agent for the cluster "${cluster}". Apply once, soon: kubectl apply -f FILE\n# The join token in it works once and for a day; afterwards the Secret ${joinSecretName} may be deleted.\n`;
  return (
    head +
    documents.map((document) => `---\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`).join('')
  );
}
