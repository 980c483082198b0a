import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agentErrorHeader, timingHeader } from '../../proxy-core/contract/headers.ts';
import { startEmulatedCluster } from '../../server-mock/cluster/index.ts';
import { kubernetesAssets, startKubernetes } from '../kubernetes/envtest.ts';
import { type AgentUnderTest, startAgentServices } from './agent-under-test.ts';

interface Cluster {
  kubeconfig: string;
  close(): Promise<void>;
}

const namespace = 'postern-system';
const account = 'demos-64rafay-46co';
const minute = 60_000;

/** Resolves when a response is over, broken off or not. */
function closeOf(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    response
      .on('error', () => undefined)
      .on('close', resolve)
      .resume();
  });
}

const kinds: [name: string, start: (() => Promise<Cluster>) | undefined][] = [
  ['the emulated cluster', () => startEmulatedCluster({ name: 'dev', seed: 'empty' })],
  ['a real API server', kubernetesAssets ? () => startKubernetes() : undefined],
];

for (const [name, start] of kinds) {
  describe.skipIf(!start)(`on ${name}${start ? '' : ' (KUBEBUILDER_ASSETS is not set)'}`, () => {
    let cluster: Cluster;
    let agent: AgentUnderTest;
    beforeAll(async () => {
      cluster = await start!();
    });
    afterAll(() => cluster?.close());
    beforeEach(async () => {
      agent = await startAgentServices(cluster.kubeconfig);
    });
    afterEach(async () => {
      agent.clock.advance(365 * 24 * 60 * minute);
      await agent.reaper.check();
      await agent.close();
    });

    const accounts = async () => {
      const { items } = await agent.core.listNamespacedServiceAccount({
        namespace,
        labelSelector: 'app.kubernetes.io/managed-by=postern-agent',
      });
      return items.map(({ metadata }) => metadata?.name);
    };
    const bindings = async () => {
      const labelSelector = 'app.kubernetes.io/managed-by=postern-agent';
      const [wide, narrow, roles] = await Promise.all([
        agent.rbac.listClusterRoleBinding({ labelSelector }),
        agent.rbac.listRoleBindingForAllNamespaces({ labelSelector }),
        agent.rbac.listClusterRole({ labelSelector }),
      ]);
      return {
        wide: wide.items.map(({ roleRef }) => roleRef.name),
        narrow: narrow.items.map(({ metadata }) => metadata?.namespace),
        roles: roles.items.map(({ metadata }) => metadata?.name),
      };
    };

    test('a session makes nothing until its first request, which runs with exactly its rights', async () => {
      const session = await agent.announce();
      expect(await accounts()).toEqual([]);

      const listed = await agent.request(session.id, '/api/v1/namespaces/default/configmaps?limit=1');
      expect(listed).toMatchObject({ status: 200 });
      expect(listed.headers[timingHeader]).toMatch(/^kubernetes;dur=[\d.]+, agent;dur=[\d.]+$/);
      expect(await accounts()).toEqual([account]);
      expect(await bindings()).toEqual({ wide: ['view'], narrow: [], roles: [] });

      const refused = await agent.request(session.id, '/api/v1/namespaces/default/configmaps/x', { method: 'DELETE' });
      expect(refused).toMatchObject({ status: 403 });
      expect(refused.body).toContain(`system:serviceaccount:${namespace}:${account}`);
    });

    test('the account says for whom, which role and session, and when it was used', async () => {
      const session = await agent.announce({ expiresAt: '2999-01-01T00:00:00.000Z' });
      await agent.request(session.id, '/version');
      const { metadata } = await agent.core.readNamespacedServiceAccount({ name: account, namespace });
      expect(metadata?.labels).toMatchObject({ 'postern.dev/session': session.id, 'postern.dev/role': 'viewer' });
      expect(metadata?.annotations).toMatchObject({
        'postern.dev/user': 'demos@rafay.co',
        'postern.dev/role': 'viewer',
        'postern.dev/expires-at': '2999-01-01T00:00:00.000Z',
        'postern.dev/last-use': expect.stringMatching(/^\d{4}-/),
      });
    });

    test('many first requests at once make one account, and all succeed', async () => {
      const session = await agent.announce();
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => agent.request(session.id, '/api/v1/namespaces/default/configmaps?limit=1')),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200));
      expect(await accounts()).toEqual([account]);
    });

    test('a session that the agent does not know is answered 409 with its code', async () => {
      const answer = await agent.request('0198c0de-0000-7000-8000-000000000000', '/api', { method: 'POST', body: {} });
      expect(answer.status).toBe(409);
      expect(answer.headers[agentErrorHeader]).toBe('POSTERN_AGENT_SESSION_UNKNOWN');
      expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Status', reason: 'Conflict' });
    });

    test('whatever a client says about who it is does not count', async () => {
      const session = await agent.announce();
      const headers = {
        Authorization: 'Bearer someone-else',
        'Impersonate-User': 'admin',
        'IMPERSONATE-GROUP': 'system:masters',
        'X-Remote-User': 'admin',
        'Postern-Anything': 'x',
      };
      const allowed = await agent.request(session.id, '/api/v1/namespaces/default/configmaps?limit=1', { headers });
      expect(allowed.status).toBe(200);
      const refused = await agent.request(session.id, '/api/v1/namespaces/default/secrets', { headers });
      expect(refused.status).toBe(403);
      expect(refused.body).toContain(account);
    });

    test('two sessions share one account, which goes with the last of them, before the answer', async () => {
      const [first, second] = [await agent.announce(), await agent.announce()];
      await agent.request(first.id, '/version');
      await agent.request(second.id, '/version');
      expect(await accounts()).toEqual([account]);

      expect((await agent.control('DELETE', `/sessions/${first.id}`)).status).toBe(204);
      expect(await accounts()).toEqual([account]);
      expect((await agent.request(first.id, '/version')).status).toBe(409);
      expect((await agent.request(second.id, '/version')).status).toBe(200);

      expect((await agent.control('DELETE', `/sessions/${second.id}`)).status).toBe(204);
      expect(await accounts()).toEqual([]);
      expect(await bindings()).toEqual({ wide: [], narrow: [], roles: [] });
    });

    test('ending a session cuts its watch at once', async () => {
      const session = await agent.announce();
      const watch = await agent.open(session.id, '/api/v1/namespaces/default/configmaps?watch=1');
      expect(watch.statusCode).toBe(200);
      const closed = closeOf(watch);
      const startedAt = performance.now();
      await Promise.all([agent.control('DELETE', `/sessions/${session.id}`), closed]);
      expect(performance.now() - startedAt).toBeLessThan(1000);
      expect(await accounts()).toEqual([]);
    });

    test('a role works in those of its namespaces that the cluster has, and in another soon after it is made', async () => {
      const roleSpec = { clusterRole: 'view', namespaces: ['default', 'not-yet'] };
      const session = await agent.announce({ roleSpec });
      const maps = (where: string) => agent.request(session.id, `/api/v1/namespaces/${where}/configmaps?limit=1`);
      expect((await maps('default')).status).toBe(200);
      expect((await maps('not-yet')).status).toBe(403);
      expect((await bindings()).narrow).toEqual(['default']);
      await agent.core.createNamespace({ body: { metadata: { name: 'not-yet' } } });
      agent.clock.advance(minute);
      expect((await maps('not-yet')).status).toBe(200);
      expect((await bindings()).narrow.sort()).toEqual(['default', 'not-yet']);

      const nowhere = await agent.announce({
        user: 'nobody',
        roleSpec: { clusterRole: 'view', namespaces: ['nowhere'] },
      });
      const refused = await agent.request(nowhere.id, '/version');
      expect(refused).toMatchObject({
        status: 503,
        body: expect.stringContaining('namespaces \\"nowhere\\" not found'),
      });
    });

    test('a role of own rules is made for the account, and bound in its namespaces only', async () => {
      const session = await agent.announce({
        role: 'configurer',
        isDefaultRole: false,
        roleSpec: {
          rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'create', 'delete'] }],
          namespaces: ['default'],
        },
      });
      const maps = '/api/v1/namespaces/default/configmaps';
      const made = await agent.request(session.id, maps, {
        method: 'POST',
        body: { metadata: { generateName: 'x-' } },
      });
      expect(made.status).toBe(201);
      const { metadata } = JSON.parse(made.body) as { metadata: { name: string } };
      expect((await agent.request(session.id, `${maps}/${metadata.name}`, { method: 'DELETE' })).status).toBe(200);
      expect((await agent.request(session.id, '/api/v1/namespaces/kube-system/configmaps')).status).toBe(403);
      expect(await accounts()).toEqual([`${account}.configurer`]);
      expect(await bindings()).toEqual({ wide: [], narrow: ['default'], roles: [`postern:${account}.configurer`] });
    });

    test('a changed role is bound anew before the next request', async () => {
      const session = await agent.announce({ roleSpec: { clusterRole: 'view' } });
      expect((await agent.request(session.id, '/api/v1/namespaces/default/secrets')).status).toBe(403);
      await agent.announce({ ...session, roleSpec: { clusterRole: 'edit', namespaces: ['default'] } });
      expect((await agent.request(session.id, '/api/v1/namespaces/default/secrets')).status).toBe(200);
      expect((await agent.request(session.id, '/api/v1/namespaces/kube-system/secrets')).status).toBe(403);
      expect(await bindings()).toEqual({ wide: [], narrow: ['default'], roles: [] });
    });

    test('an account of another role is remade, never bound to both', async () => {
      const viewer = await agent.announce();
      await agent.request(viewer.id, '/version');
      const before = await agent.core.readNamespacedServiceAccount({ name: account, namespace });
      // The default role changes while the viewer's session lives: the newcomer keeps out of its account.
      const editor = await agent.announce({ role: 'editor', roleSpec: { clusterRole: 'edit' } });
      expect((await agent.request(editor.id, '/api/v1/namespaces/default/secrets')).status).toBe(200);
      expect((await agent.request(viewer.id, '/api/v1/namespaces/default/secrets')).status).toBe(403);
      expect((await accounts()).sort()).toEqual([account, `${account}.editor`]);

      await agent.close();
      agent = await startAgentServices(cluster.kubeconfig);
      const later = await agent.announce({ role: 'editor', roleSpec: { clusterRole: 'edit' } });
      expect((await agent.request(later.id, '/api/v1/namespaces/default/secrets')).status).toBe(200);
      const after = await agent.core.readNamespacedServiceAccount({ name: account, namespace });
      expect(after.metadata?.uid).not.toBe(before.metadata?.uid);
    });

    test('an account that somebody deleted is made again without the user noticing', async () => {
      const session = await agent.announce();
      await agent.request(session.id, '/version');
      await agent.core.deleteNamespacedServiceAccount({ name: account, namespace });
      // kube-apiserver remembers a good token for 10 s; until then nothing has to be made again.
      await expect
        .poll(
          async () => {
            const { status } = await agent.request(session.id, '/api/v1/namespaces/default/configmaps?limit=1');
            return [status, await accounts()];
          },
          { timeout: 15_000, interval: 500 },
        )
        .toEqual([200, [account]]);
    });

    test('somebody else’s service account of that name is left alone', async () => {
      const taken = await agent.announce({ user: 'taken' });
      await agent.request((await agent.announce()).id, '/version');
      await agent.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'taken' } } });
      const answer = await agent.request(taken.id, '/version');
      expect(answer.status).toBe(503);
      expect(JSON.parse(answer.body)).toMatchObject({
        message: expect.stringContaining('service account postern-system/taken is there already and is not Postern’s'),
      });
      await agent.control('DELETE', `/sessions/${taken.id}`);
      await agent.core.readNamespacedServiceAccount({ name: 'taken', namespace });
      await agent.core.deleteNamespacedServiceAccount({ name: 'taken', namespace });
    });

    test('a role on an existing account uses it, makes nothing and removes nothing', async () => {
      await agent.core.createNamespacedServiceAccount({ namespace: 'default', body: { metadata: { name: 'robot' } } });
      const session = await agent.announce({ roleSpec: { serviceAccount: { namespace: 'default', name: 'robot' } } });
      const answer = await agent.request(session.id, '/api/v1/nodes');
      expect(answer.body).toContain('system:serviceaccount:default:robot');
      expect(await accounts()).toEqual([]);
      await agent.control('DELETE', `/sessions/${session.id}`);
      await agent.core.deleteNamespacedServiceAccount({ name: 'robot', namespace: 'default' });
    });

    test('an idle account goes after its idle time, one in use stays', async () => {
      const session = await agent.announce();
      await agent.request(session.id, '/version');
      agent.clock.advance(14 * minute);
      await agent.reaper.check();
      expect(await accounts()).toEqual([account]);

      const watch = await agent.open(session.id, '/api/v1/namespaces/default/configmaps?watch=1');
      agent.clock.advance(20 * minute);
      await agent.reaper.check();
      expect(await accounts()).toEqual([account]);

      const closed = closeOf(watch);
      watch.destroy();
      await closed;
      await expect
        .poll(async () => {
          agent.clock.advance(16 * minute);
          await agent.reaper.check();
          return accounts();
        })
        .toEqual([]);
      expect(await bindings()).toEqual({ wide: [], narrow: [], roles: [] });
      expect((await agent.request(session.id, '/version')).status).toBe(409);
    });

    test('an account goes at its fixed end, and its watch with it', async () => {
      const session = await agent.announce({ expiresAt: new Date(agent.clock.now() + 5 * minute).toISOString() });
      const watch = await agent.open(session.id, '/api/v1/namespaces/default/configmaps?watch=1');
      const closed = closeOf(watch);
      agent.clock.advance(5 * minute);
      await agent.reaper.check();
      await closed;
      expect(await accounts()).toEqual([]);
      expect((await agent.request(session.id, '/version')).status).toBe(409);
      expect((await agent.control('PUT', `/sessions/${session.id}`, session)).status).toBe(410);
    });

    test('a later agent removes what an earlier one left, when its time has come', async () => {
      const session = await agent.announce();
      await agent.request(session.id, '/version');
      await agent.rbac.createClusterRoleBinding({
        body: {
          metadata: {
            name: 'postern:gone',
            labels: { 'app.kubernetes.io/managed-by': 'postern-agent', 'postern.dev/account': 'gone' },
          },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
          subjects: [{ kind: 'ServiceAccount', name: 'gone', namespace }],
        },
      });
      await agent.close();

      agent = await startAgentServices(cluster.kubeconfig);
      await agent.reaper.check();
      expect(await accounts()).toEqual([account]);
      expect((await bindings()).wide).toEqual(['view']);
      agent.clock.advance(15 * minute);
      await agent.reaper.check();
      expect(await accounts()).toEqual([]);
      expect((await bindings()).wide).toEqual([]);
    });

    test('the controller can ask for a cluster role’s rules and the cluster’s state', async () => {
      const role = await agent.control('GET', '/cluster-roles/view');
      expect(JSON.parse(role.body)).toMatchObject({ name: 'view', rules: expect.any(Array) });
      expect((await agent.control('GET', '/cluster-roles/system%3Adiscovery')).status).toBe(200);
      expect((await agent.control('GET', '/cluster-roles/nonsense')).status).toBe(404);
      expect((await agent.control('GET', '/nonsense')).status).toBe(404);
      expect((await agent.control('PUT', '/sessions/x', { id: 'x' })).status).toBe(400);
      expect(JSON.parse((await agent.control('GET', '/status')).body)).toMatchObject({
        kubernetesVersion: expect.stringMatching(/^v1\./),
        latencyMs: expect.any(Number),
        insecureSkipTlsVerify: false,
        problem: null,
      });
    });
  });
}
