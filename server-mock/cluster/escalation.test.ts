import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestClient } from './api/testing.ts';
import { type EmulatedCluster, startEmulatedCluster } from './index.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';

describe('attempts to gain rights one does not hold', () => {
  let cluster: EmulatedCluster;
  let client: TestClient;
  let attacker: { token: string };

  beforeAll(async () => {
    cluster = await startEmulatedCluster({ name: 'escalation', seed: 'empty' });
    client = new TestClient(cluster);
    attacker = await client.serviceAccount('attacker');
    await client.post(`${rbac}/clusterroles`, {
      metadata: { name: 'attacker' },
      rules: [
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['create', 'update', 'patch', 'get'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      ],
    });
    await client.post(`${rbac}/clusterrolebindings`, binding('attacker', 'attacker'));
  });
  afterAll(() => cluster.close());

  function binding(name: string, role: string) {
    return {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: 'attacker', namespace: 'default' }],
    };
  }

  it('binding oneself to cluster-admin is forbidden', async () => {
    const answer = await client.post(`${rbac}/clusterrolebindings`, binding('root', 'cluster-admin'), { as: attacker });
    expect(answer.code).toBe(403);
    expect(answer.body).toMatchObject({
      message: expect.stringContaining(
        'clusterrolebindings.rbac.authorization.k8s.io "root" is forbidden: user "system:serviceaccount:default:attacker" (groups=["system:serviceaccounts" "system:serviceaccounts:default" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}',
      ),
    });
  });

  it('a role with more than one holds is forbidden, one with less is not', async () => {
    const role = (name: string, verbs: string[]) => ({
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs }],
    });
    const refused = await client.post(`${rbac}/clusterroles`, role('more', ['get', 'delete']), { as: attacker });
    expect(refused.body).toMatchObject({
      code: 403,
      message: expect.stringMatching(/\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["delete"\]\}$/),
    });
    expect((await client.post(`${rbac}/clusterroles`, role('less', ['get']), { as: attacker })).code).toBe(201);
  });

  it('patching rules into a role one may write is forbidden', async () => {
    const answer = await client.call('PATCH', `${rbac}/clusterroles/less`, {
      as: attacker,
      body: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
      contentType: 'application/merge-patch+json',
    });
    expect(answer.code).toBe(403);
  });

  it('making a stronger role part of an aggregated one, by its label, is forbidden', async () => {
    const label = (name: string) =>
      client.call('PATCH', `${rbac}/clusterroles/${name}`, {
        as: attacker,
        body: { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } } },
        contentType: 'application/merge-patch+json',
      });
    expect((await label('cluster-admin')).body).toMatchObject({
      code: 403,
      message: expect.stringContaining('is attempting to grant RBAC permissions not currently held'),
    });
    expect((await label('less')).code).toBe(200);
  });

  it('a role that gathers others by label is for those who hold everything', async () => {
    const answer = await client.post(
      `${rbac}/clusterroles`,
      { metadata: { name: 'gather' }, aggregationRule: { clusterRoleSelectors: [{}] }, rules: [] },
      { as: attacker },
    );
    expect(answer.code).toBe(403);
  });

  it('a binding to a role that is not there yet is refused', async () => {
    const answer = await client.post(`${rbac}/clusterrolebindings`, binding('later', 'not-yet'), { as: attacker });
    expect(answer.body).toMatchObject({ code: 403, message: expect.stringContaining('"not-yet" not found') });
  });

  it('changing the role of a binding afterwards is refused for everybody', async () => {
    const answer = await client.call('PATCH', `${rbac}/clusterrolebindings/attacker`, {
      body: { roleRef: { name: 'cluster-admin' } },
      contentType: 'application/merge-patch+json',
    });
    expect(answer.body).toMatchObject({ code: 422, message: expect.stringContaining('cannot change roleRef') });
  });

  it('impersonation needs the verb, and a group without a user is no impersonation', async () => {
    const as = (headers: Record<string, string>) => client.get('/api/v1/nodes', { as: attacker, headers });
    expect(
      (await as({ 'impersonate-user': 'kubernetes-admin', 'impersonate-group': 'system:masters' })).body,
    ).toMatchObject({
      code: 403,
      message:
        'users "kubernetes-admin" is forbidden: User "system:serviceaccount:default:attacker" cannot impersonate resource "users" in API group "" at the cluster scope',
    });
    expect((await as({ 'impersonate-group': 'system:masters' })).code).toBe(400);
    expect((await as({ 'impersonate-user': 'default', 'impersonate-extra-%zz': 'x' })).code).toBe(403);
  });

  it('with `bind` on one role, binding that one is allowed', async () => {
    await client.post(`${rbac}/clusterroles`, {
      metadata: { name: 'binder' },
      rules: [
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles'],
          resourceNames: ['view'],
          verbs: ['bind'],
        },
      ],
    });
    await client.post(`${rbac}/clusterrolebindings`, binding('binder', 'binder'));
    expect((await client.post(`${rbac}/clusterrolebindings`, binding('ok', 'view'), { as: attacker })).code).toBe(201);
    expect((await client.post(`${rbac}/clusterrolebindings`, binding('no', 'edit'), { as: attacker })).code).toBe(403);
  });
});
