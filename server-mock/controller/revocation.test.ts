import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, test } from 'vitest';
import { DeviceConnections } from './device-connections.ts';
import { ManualClock } from './fixtures/manual-clock.ts';
import { type Device, Devices } from './identity/devices.ts';
import { RevocationList } from './identity/revocation-list.ts';
import { clusterFacts } from './policy/selector.ts';
import { PolicyRegistry } from './policy-registry.ts';
import { revoke } from './revocation.ts';
import { LiveFeed } from './sessions/live-feed.ts';
import { Sessions } from './sessions/sessions.ts';
import { openStore } from './store/open.ts';

const policyText = `
apiVersion: postern.dev/v1
kind: Role
metadata: { name: viewer }
spec: { rules: [ { apiGroups: [''], resources: [pods], verbs: [get] } ] }
---
apiVersion: postern.dev/v1
kind: Cluster
metadata: { name: prod }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: developers-view }
spec: { subjects: { groups: [developers] }, role: viewer, clusters: { names: [prod] } }
`;

test('a revoked grant gives nothing from that moment on, whether or not the disk takes it', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-revocation-'));
  const store = await openStore(dataDir);
  const clock = new ManualClock();
  const logger = pino({ level: 'silent' });
  const list = await RevocationList.open(store);
  const policy = await PolicyRegistry.open(store, list, clock);
  await policy.apply(policyText, 'test', 'apply');
  const devices = new Devices({ store, revocations: list, administrators: { groups: [], users: [] }, clock });
  const feed = new LiveFeed();
  const device: Device = {
    id: 'd1',
    name: 'laptop',
    person: { name: 'bob@acme.example', displayName: 'Bob', groups: ['developers'] },
    keyThumbprint: 'k',
    certificateExpiresAtMs: clock.now() + 60_000,
    signedOut: false,
  };
  const sessions = new Sessions({
    store,
    clock,
    logger,
    hub: { forget: async () => {}, announceAgain: async () => {}, offlineSinceMs: () => undefined },
    feed,
    policy,
    revocations: list,
    devices,
    idleTimeoutMs: 60_000,
    agentLossGraceMs: 60_000,
  });
  const facts = clusterFacts(policy.clusters.get('prod')!);
  const [role] = policy.current.heldRoles(device.person, facts);
  const session = await sessions.open({ device, sourceAddress: '' }, 'prod', role!, { kind: 'request' });
  const { cut } = session.begin(clock.now());
  await store.destroy();

  const connections = new DeviceConnections(clock);
  const dependencies = { store, list, devices, connections, sessions, policy, feed, clock, logger };
  const revoked = revoke({ kind: 'grant', name: 'developers-view' }, device, dependencies);
  expect(policy.current.heldRoles(device.person, facts)).toEqual([]);
  expect(cut.reason).toMatchObject({ code: 'POSTERN_SESSION_REVOKED' });
  await expect(revoked).rejects.toThrow();
  await rm(dataDir, { recursive: true, force: true });
});
