import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api, type V1PolicyRule } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentState } from '../../server-mock/agent/agent-state.ts';
import { readClusterCredential } from '../../server-mock/agent/cluster-credential.ts';
import { KubernetesApi } from '../../server-mock/agent/kubernetes-api.ts';
import { clusterPermissions, namespacePermissions } from '../../server-mock/agent/permissions.ts';
import { stateSecret } from '../../server-mock/agent/state-secret.ts';
import { kubernetesAssets, startKubernetes, type TestKubernetes } from '../kubernetes/envtest.ts';
import { startAgentServices } from './agent-under-test.ts';

const namespace = 'postern-system';
const rbacGroup = 'rbac.authorization.k8s.io';

describe.skipIf(!kubernetesAssets)('an agent with no more than the bootstrap gives it (KUBEBUILDER_ASSETS)', () => {
  let cluster: TestKubernetes;
  let kubeconfig: string;
  beforeAll(async () => {
    cluster = await startKubernetes();
    kubeconfig = await bootstrapAgent(cluster);
  });
  afterAll(() => cluster?.close());

  test('makes, binds and removes accounts, also for roles far above its own', async () => {
    const agent = await startAgentServices(kubeconfig);
    const admin = await agent.announce({ role: 'admin', roleSpec: { clusterRole: 'cluster-admin' } });
    expect((await agent.request(admin.id, '/api/v1/secrets')).status).toBe(200);
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const own = await agent.announce({
      role: 'own',
      isDefaultRole: false,
      roleSpec: { rules, namespaces: ['default'] },
    });
    expect((await agent.request(own.id, '/api/v1/namespaces/default/secrets')).status).toBe(200);
    expect((await agent.control('GET', '/cluster-roles/view')).status).toBe(200);
    for (const { id } of [admin, own]) expect((await agent.control('DELETE', `/sessions/${id}`)).status).toBe(204);
    await agent.reaper.check();
    await agent.close();
  });

  test('keeps its identity in its Secret, and sees no other', async () => {
    const api = new KubernetesApi(await readClusterCredential({ kubeconfig }));
    const store = stateSecret(api, namespace);
    expect(await store.read()).toBeUndefined();
    const state: AgentState = {
      cluster: 'dev',
      key: 'k',
      certificate: 'c',
      ca: 'a',
      issuedAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-02T00:00:00.000Z',
      controller: 'https://c:1',
      replicas: ['c:1'],
      joinTokenHash: 'h',
    };
    await store.write(state);
    await store.write({ ...state, cluster: 'prod' });
    expect(await store.read()).toEqual({ ...state, cluster: 'prod' });
    await expect(api.core.listNamespacedSecret({ namespace })).rejects.toMatchObject({ code: 403 });
    await expect(api.core.listNode()).rejects.toMatchObject({ code: 403 });
    api.close();
  });
});

/** What `kubectl apply` of the bootstrap YAML leaves, and a kubeconfig of the agent's account. */
async function bootstrapAgent({ kubeconfig, url, certificateAuthority }: TestKubernetes): Promise<string> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const metadata = { name: 'postern-agent' };
  const subjects = [{ kind: 'ServiceAccount', name: 'postern-agent', namespace }];
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await core.createNamespacedServiceAccount({ namespace, body: { metadata } });
  await rbac.createClusterRole({ body: { metadata, rules: clusterPermissions as V1PolicyRule[] } });
  await rbac.createNamespacedRole({ namespace, body: { metadata, rules: namespacePermissions as V1PolicyRule[] } });
  await rbac.createClusterRoleBinding({
    body: { metadata, roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'postern-agent' }, subjects },
  });
  await rbac.createNamespacedRoleBinding({
    namespace,
    body: { metadata, roleRef: { apiGroup: rbacGroup, kind: 'Role', name: 'postern-agent' }, subjects },
  });
  const { status } = await core.createNamespacedServiceAccountToken({
    namespace,
    name: 'postern-agent',
    body: { spec: { audiences: [] } },
  });
  const authority = Buffer.from(certificateAuthority).toString('base64');
  return JSON.stringify({
    'current-context': 'agent',
    clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: 'u', user: { token: status?.token } }],
    contexts: [{ name: 'agent', context: { cluster: 'c', user: 'u' } }],
  });
}
