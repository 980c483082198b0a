import { expect, test } from 'vitest';
import type { Cluster } from '../contract/clusters.ts';
import { contextEntries, offeredClusters, resolveRole } from './offered-clusters.ts';
import { testCluster, testSession } from './testing-controller.ts';

const dev = testCluster('dev', ['viewer', 'editor']);
const sessionId = '019ab3c4-0000-7000-8000-000000000000';

test('each role has its context and its open session', () => {
  const [offered] = offeredClusters('acme', [dev], [testSession(sessionId, 'dev', 'editor')], undefined);
  expect(offered?.roles).toMatchObject([
    { role: 'viewer', context: 'acme/dev', sessionId: null },
    { role: 'editor', context: 'acme/dev+editor', sessionId },
  ]);
});

test('away from the controller no cluster is shown as online', () => {
  const lostAt = '2026-01-01T02:00:00.000Z';
  const down: Cluster = { ...dev, name: 'down', status: 'offline' };
  expect(offeredClusters('acme', [dev], [], undefined)).toMatchObject([{ status: 'online', latencyMs: 3 }]);
  expect(offeredClusters('acme', [dev, down], [], lostAt)).toMatchObject([
    { status: 'offline', statusSince: lostAt, latencyMs: null },
    { status: 'offline', statusSince: down.statusSince },
  ]);
});

test('two grants of one role are one context', () => {
  const [viewer] = dev.roles;
  const twice = { ...dev, roles: [{ ...viewer!, grant: 'other', isDefault: false }, viewer!] };
  expect(contextEntries([twice])).toEqual([{ cluster: 'dev', role: 'viewer', isDefault: true }]);
});

test('the namespace of the grant is where the context starts', () => {
  const [viewer] = dev.roles;
  const entries = contextEntries([{ ...dev, roles: [{ ...viewer!, defaultNamespace: 'shop' }] }]);
  expect(entries).toEqual([{ cluster: 'dev', role: 'viewer', isDefault: true, namespace: 'shop' }]);
});

test('a path means the role it names, or the default one', () => {
  expect(resolveRole([dev], 'dev', undefined, true)).toEqual({ kind: 'role', role: 'viewer' });
  expect(resolveRole([dev], 'dev', 'editor', true)).toEqual({ kind: 'role', role: 'editor' });
  expect(resolveRole([dev], 'dev', 'admin', true)).toEqual({ kind: 'role-not-held', held: ['viewer', 'editor'] });
  expect(resolveRole([dev], 'prod', undefined, true)).toEqual({ kind: 'cluster-unknown' });
});

test('a cluster counts as offline only while the controller says so now', () => {
  const offline = { ...dev, status: 'offline' as const };
  expect(resolveRole([offline], 'dev', undefined, true)).toEqual({ kind: 'cluster-offline', since: dev.statusSince });
  expect(resolveRole([offline], 'dev', undefined, false)).toEqual({ kind: 'role', role: 'viewer' });
});
