import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, TestClient } from './api/testing.ts';
import { type EmulatedCluster, startEmulatedCluster } from './index.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const pods = '/api/v1/namespaces/default/pods';

function role(name: string, rules: unknown[]) {
  return { metadata: { name }, rules };
}

function bind(name: string, kind: 'Role' | 'ClusterRole', to: string, account: string) {
  return {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: to },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
  };
}

describe('who may do what in an emulated cluster', () => {
  let cluster: EmulatedCluster;
  let client: TestClient;

  beforeAll(async () => {
    cluster = await startEmulatedCluster({ name: 'access', seed: 'empty' });
    client = new TestClient(cluster);
  });
  afterAll(() => cluster.close());

  it('the administrator is whom the certificate names', async () => {
    const { body } = await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(body).toMatchObject({
      status: { userInfo: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] } },
    });
  });

  it('nobody in particular sees the version and nothing else', async () => {
    expect((await client.get('/version', { as: 'anonymous' })).code).toBe(200);
    const refused = await client.get('/api/v1/secrets', { as: 'anonymous' });
    expect(refused.code).toBe(403);
    expect(refused.body).toMatchObject({
      kind: 'Status',
      reason: 'Forbidden',
      message:
        'secrets is forbidden: User "system:anonymous" cannot list resource "secrets" in API group "" at the cluster scope',
      details: { kind: 'secrets' },
    });
  });

  it('a made-up token is refused with 401, whatever it asks for', async () => {
    const answer = await client.get('/version', { as: { token: 'made-up' } });
    expect(answer).toMatchObject({ code: 401, body: { reason: 'Unauthorized', message: 'Unauthorized' } });
  });

  it('a service account holds what its bindings give, in their namespace, and words its refusals as Kubernetes does', async () => {
    const account = await client.serviceAccount('reader');
    await client.post(
      `${rbac}/namespaces/default/roles`,
      role('reader', [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]),
    );
    await client.post(`${rbac}/namespaces/default/rolebindings`, bind('reader', 'Role', 'reader', 'reader'));
    expect((await client.get(pods, { as: account })).code).toBe(200);
    expect((await client.get(`${pods}/web`, { as: account })).body).toMatchObject({
      code: 403,
      message:
        'pods "web" is forbidden: User "system:serviceaccount:default:reader" cannot get resource "pods" in API group "" in the namespace "default"',
    });
    expect((await client.get('/api/v1/namespaces/kube-system/pods', { as: account })).code).toBe(403);
    expect((await client.get('/metrics', { as: account })).body).toMatchObject({
      message: 'forbidden: User "system:serviceaccount:default:reader" cannot get path "/metrics"',
    });
  });

  it('resourceNames narrow a rule to what they name, subresources are resources of their own', async () => {
    const account = await client.serviceAccount('narrow');
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['patch'] },
    ];
    await client.post(`${rbac}/clusterroles`, role('narrow', rules));
    await client.post(`${rbac}/clusterrolebindings`, bind('narrow', 'ClusterRole', 'narrow', 'narrow'));
    const allowed = async (attributes: object) => {
      const { body } = await client.post(
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        { spec: { resourceAttributes: { namespace: 'default', ...attributes } } },
        { as: account },
      );
      return (body as { status: { allowed: boolean } }).status.allowed;
    };
    expect(await allowed({ verb: 'get', resource: 'configmaps', name: 'mine' })).toBe(true);
    expect(await allowed({ verb: 'get', resource: 'configmaps', name: 'other' })).toBe(false);
    expect(await allowed({ verb: 'get', resource: 'configmaps' })).toBe(false);
    expect(await allowed({ verb: 'patch', group: 'apps', resource: 'deployments', subresource: 'scale' })).toBe(true);
    expect(await allowed({ verb: 'patch', group: 'apps', resource: 'deployments' })).toBe(false);
  });

  it('the default roles view, edit and admin contain one another', async () => {
    const can = async (name: string, attributes: object) => {
      const account = await client.serviceAccount(`has-${name}`);
      await client.post(
        `${rbac}/namespaces/default/rolebindings`,
        bind(`has-${name}`, 'ClusterRole', name, `has-${name}`),
      );
      const { body } = await client.post(
        '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        { spec: { resourceAttributes: { namespace: 'default', ...attributes } } },
        { as: account },
      );
      return (body as { status: { allowed: boolean } }).status.allowed;
    };
    const each = async (attributes: object) =>
      Promise.all(['view', 'edit', 'admin'].map((name) => can(name, attributes)));
    expect(await each({ verb: 'list', resource: 'pods' })).toEqual([true, true, true]);
    expect(await each({ verb: 'get', resource: 'secrets' })).toEqual([false, true, true]);
    expect(await each({ verb: 'create', resource: 'pods', subresource: 'exec' })).toEqual([false, true, true]);
    expect(await each({ verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'roles' })).toEqual([
      false,
      false,
      true,
    ]);
    expect(await each({ verb: 'list', resource: 'nodes' })).toEqual([false, false, false]);
  });

  it('a token ends with its ServiceAccount, also when another one takes the name', async () => {
    const account = await client.serviceAccount('short-lived');
    const whoami = () => client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { as: account });
    expect((await whoami()).code).toBe(201);
    await client.call('DELETE', '/api/v1/namespaces/default/serviceaccounts/short-lived');
    expect((await whoami()).code).toBe(401);
    await client.serviceAccount('short-lived');
    expect((await whoami()).code).toBe(401);
  });

  it('a token lives at least ten minutes, and says how long', async () => {
    const path = '/api/v1/namespaces/default/serviceaccounts/default/token';
    expect((await client.post(path, { spec: { expirationSeconds: 60 } })).body).toMatchObject({
      code: 422,
      message:
        'TokenRequest.authentication.k8s.io "default" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
    });
    const { body } = await client.post(path, { spec: { expirationSeconds: 600 } });
    const { expirationTimestamp } = (body as { status: { expirationTimestamp: string } }).status;
    expect(Math.abs(Date.parse(expirationTimestamp) - Date.now() - 600_000)).toBeLessThan(5_000);
  });

  it('a token for another audience does not open the API', async () => {
    const { body } = await client.post('/api/v1/namespaces/default/serviceaccounts/default/token', {
      spec: { audiences: ['https://elsewhere.example'] },
    });
    const { token } = (body as { status: { token: string } }).status;
    expect((await client.get('/version', { as: { token } })).code).toBe(401);
  });

  it('a deleted binding takes its rights with it at the next request', async () => {
    const account = await client.serviceAccount('leaver');
    await client.post(`${rbac}/namespaces/default/rolebindings`, bind('leaver', 'ClusterRole', 'view', 'leaver'));
    expect((await client.get(pods, { as: account })).code).toBe(200);
    await client.call('DELETE', `${rbac}/namespaces/default/rolebindings/leaver`);
    expect((await client.get(pods, { as: account })).code).toBe(403);
  });

  it('a connection with the administrator’s certificate acts as the administrator, whatever token it carries', async () => {
    const { token } = await client.serviceAccount('ignored');
    const headers = { authorization: `Bearer ${token}` };
    const { body } = await client.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { headers });
    expect(body).toMatchObject({ status: { userInfo: { username: 'kubernetes-admin' } } });
  });

  it('an aggregated role gains what a new role brings under its label', async () => {
    await client.post(`${rbac}/clusterroles`, {
      metadata: { name: 'view-leases', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
      rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list'] }],
    });
    const view = await eventually(async () => {
      const { text } = await client.get(`${rbac}/clusterroles/view`);
      return text.includes('leases') ? text : undefined;
    });
    expect(view).toContain('coordination.k8s.io');
  });
});
