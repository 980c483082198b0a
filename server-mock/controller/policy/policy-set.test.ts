import { describe, expect, test } from 'vitest';
import type { PolicyRule } from '../../../proxy-core/contract/policy.ts';
import { requestAttributes } from './attributes.ts';
import { parsePolicyDocuments } from './documents.ts';
import { PolicySet } from './policy-set.ts';

const acme = PolicySet.from(
  parsePolicyDocuments(`
apiVersion: postern.dev/v1
kind: Role
metadata: { name: viewer }
spec: { clusterRole: view }
---
apiVersion: postern.dev/v1
kind: Role
metadata: { name: editor }
spec: { clusterRole: edit }
---
apiVersion: postern.dev/v1
kind: Role
metadata: { name: admin }
spec: { clusterRole: cluster-admin }
---
apiVersion: postern.dev/v1
kind: Role
metadata: { name: restarter }
spec:
  namespaces: [shop, web]
  rules:
    - { apiGroups: [apps], resources: [deployments], verbs: [get, patch] }
---
apiVersion: postern.dev/v1
kind: Role
metadata: { name: breakglass }
spec: { serviceAccount: { namespace: ops, name: breakglass } }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: developers-edit-dev }
spec: { subjects: { groups: [developers] }, role: editor, clusters: { matchLabels: { env: dev } } }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: developers-view }
spec: { subjects: { groups: [developers] }, role: viewer, clusters: { matchLabels: {} }, defaultNamespace: shop }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: platform-admin }
spec:
  subjects: { groups: [platform-admins] }
  role: admin
  clusters: { matchLabels: {} }
  conditions: { maxDuration: 8h, idleTimeout: 10m, requireReason: true, record: required }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: oncall-admin }
spec: { subjects: { users: [oncall] }, role: admin, clusters: { names: [prod] } }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: restart }
spec: { subjects: { users: [carol] }, role: restarter, clusters: { names: [prod] } }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: emergencies }
spec: { subjects: { users: [erin] }, role: breakglass, clusters: { names: [prod] } }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: dangling }
spec: { subjects: { users: [carol] }, role: gone, clusters: { names: [prod] } }
`),
);
const dev = { name: 'dev', labels: { env: 'dev' } };
const prod = { name: 'prod', labels: { env: 'prod' } };
const bob = { name: 'bob', groups: ['developers'] };
const carol = { name: 'carol', groups: [] };
const oncall = { name: 'oncall', groups: ['platform-admins', 'developers'] };

const read: PolicyRule = {
  apiGroups: ['', 'apps'],
  resources: ['pods', 'deployments'],
  verbs: ['get', 'list', 'watch'],
};
const clusterRoles: Record<string, PolicyRule[]> = {
  viewer: [read],
  editor: [read, { apiGroups: [''], resources: ['pods'], verbs: ['delete'] }],
  admin: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
};
const rulesOf = (role: string) => clusterRoles[role];
const decide = (user: typeof bob, cluster: typeof dev, role: string, method: string, target: string) =>
  acme.decide(user, cluster, role, requestAttributes(method, target), rulesOf);

describe('held roles', () => {
  test('come from grants to groups and users on clusters that the selector takes in, weakest first', () => {
    expect(acme.heldRoles(bob, dev).map(({ role, isDefault }) => [role, isDefault])).toEqual([
      ['viewer', true],
      ['editor', false],
    ]);
    expect(acme.heldRoles(bob, prod).map(({ role }) => role)).toEqual(['viewer']);
    expect(acme.heldRoles({ name: 'dave', groups: [] }, dev)).toEqual([]);
  });

  test('carry the conditions of the grant', () => {
    expect(acme.heldRoles({ name: 'alice', groups: ['platform-admins'] }, dev)).toEqual([
      {
        role: 'admin',
        grant: 'platform-admin',
        isDefault: true,
        requireReason: true,
        record: 'required',
        idleTimeoutMs: 600_000,
        maxDurationMs: 28_800_000,
      },
    ]);
    expect(acme.heldRoles(bob, prod)[0]).toMatchObject({
      defaultNamespace: 'shop',
      record: 'off',
      idleTimeoutMs: null,
    });
  });

  test('of two grants of one role the less demanding one counts', () => {
    const held = acme.heldRoles(oncall, prod);
    expect(held.map(({ role, grant }) => [role, grant])).toEqual([
      ['viewer', 'developers-view'],
      ['admin', 'oncall-admin'],
    ]);
  });

  test('a grant whose role is missing gives nothing, and a namespaced role starts in its first namespace', () => {
    expect(acme.heldRoles(carol, prod)).toMatchObject([
      { role: 'restarter', namespaces: ['shop', 'web'], defaultNamespace: 'shop' },
    ]);
  });
});

describe('a decision', () => {
  test('names the grant, the role and the rule that allowed', () => {
    expect(decide(bob, dev, 'editor', 'DELETE', '/api/v1/namespaces/shop/pods/x')).toEqual({
      kind: 'allowed',
      grant: 'developers-edit-dev',
      role: 'editor',
      rule: 'pods: delete',
    });
  });

  test('denies by default and names the grants that would allow', () => {
    expect(decide(bob, prod, 'viewer', 'DELETE', '/api/v1/namespaces/shop/pods/x')).toEqual({
      kind: 'denied',
      reason:
        'no grant of bob allows "delete" on "pods" "x" in namespace "shop" in cluster "prod"; grant "oncall-admin" (role admin) or grant "platform-admin" (role admin) would',
      wouldAllow: [
        { grant: 'oncall-admin', role: 'admin' },
        { grant: 'platform-admin', role: 'admin' },
      ],
    });
  });

  test('points at another role that the user holds before the grants of others', () => {
    const decision = decide(bob, dev, 'viewer', 'DELETE', '/api/v1/namespaces/shop/pods/x');
    expect(decision).toMatchObject({
      kind: 'denied',
      reason:
        'role "viewer" of bob does not allow "delete" on "pods" "x" in namespace "shop" in cluster "dev"; their grant "developers-edit-dev" (role editor) would',
    });
    expect(decision.kind === 'denied' && decision.wouldAllow[0]).toEqual({
      grant: 'developers-edit-dev',
      role: 'editor',
    });
  });

  test('denies a role that is not held, whatever it would allow', () => {
    for (const role of ['admin', 'nonsense', '__proto__']) {
      expect(decide(bob, prod, role, 'GET', '/api')).toMatchObject({
        kind: 'denied',
        reason: `bob holds no role "${role}" in cluster "prod"`,
      });
    }
  });

  test('lets every held role discover what the cluster serves', () => {
    for (const target of [
      '/api',
      '/apis',
      '/apis/apps/v1',
      '/openapi/v3',
      '/version',
      '/version/?timeout=5s',
      '/readyz',
    ]) {
      expect(decide(carol, prod, 'restarter', 'GET', target).kind).toBe('allowed');
    }
    const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    expect(decide(carol, prod, 'restarter', 'POST', review).kind).toBe('allowed');
    expect(decide(carol, prod, 'restarter', 'GET', '/metrics').kind).toBe('denied');
    expect(decide({ name: 'dave', groups: [] }, prod, 'restarter', 'GET', '/api').kind).toBe('denied');
  });

  test('keeps a namespaced role within its namespaces', () => {
    const verdict = (method: string, target: string) => decide(carol, prod, 'restarter', method, target).kind;
    expect(verdict('PATCH', '/apis/apps/v1/namespaces/web/deployments/x')).toBe('allowed');
    expect(verdict('PATCH', '/apis/apps/v1/namespaces/kube-system/deployments/x')).toBe('denied');
    expect(verdict('GET', '/apis/apps/v1/deployments')).toBe('denied');
  });

  test('leaves a role on an existing service account to the cluster', () => {
    expect(decide({ name: 'erin', groups: [] }, prod, 'breakglass', 'DELETE', '/api/v1/nodes/n')).toMatchObject({
      kind: 'allowed',
      rule: 'what service account ops/breakglass may',
    });
  });

  test('denies while the rules of an existing ClusterRole are not known', () => {
    const attributes = requestAttributes('GET', '/api/v1/pods');
    expect(acme.decide(bob, prod, 'viewer', attributes, () => undefined)).toMatchObject({
      kind: 'denied',
      reason: 'the rules of role "viewer" in cluster "prod" are not known now, so "list" on "pods" is not allowed',
    });
  });

  test('says so where nothing on the cluster would allow', () => {
    expect(decide(bob, dev, 'viewer', 'PUT', '/metrics')).toMatchObject({
      reason: 'no grant of bob allows "put" on path "/metrics" in cluster "dev"; no grant on this cluster would',
      wouldAllow: [],
    });
  });
});

test('a set does not change with the documents it was made from', () => {
  const documents = parsePolicyDocuments(
    '{apiVersion: postern.dev/v1, kind: Role, metadata: {name: r}, spec: {clusterRole: view}}',
  );
  const set = PolicySet.from(documents);
  documents[0]!.metadata.name = 'other';
  expect(set.role('r')?.metadata.name).toBe('r');
});
