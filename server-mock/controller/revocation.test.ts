import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DeviceConnections } from './device-connections.ts';
import { bobsLaptop, developersView } from './fixtures/developers-view.ts';
import { ManualClock } from './fixtures/manual-clock.ts';
import { type Device, Devices } from './identity/devices.ts';
import { RevocationList } from './identity/revocation-list.ts';
import { clusterFacts } from './policy/selector.ts';
import { PolicyRegistry } from './policy-registry.ts';
import { type RevocationDependencies, restore, revoke } from './revocation.ts';
import { LiveFeed } from './sessions/live-feed.ts';
import { Sessions } from './sessions/sessions.ts';
import { openStore, type Store } from './store/open.ts';

let dataDir: string;
let store: Store;
let policy: PolicyRegistry;
let sessions: Sessions;
let device: Device;
let dependencies: RevocationDependencies;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-revocation-'));
  store = await openStore(dataDir);
  const clock = new ManualClock();
  const logger = pino({ level: 'silent' });
  const list = await RevocationList.open(store);
  policy = await PolicyRegistry.open(store, list, clock);
  await policy.apply(developersView(), 'test', 'apply');
  const devices = new Devices({ store, revocations: list, administrators: { groups: [], users: [] }, clock });
  const feed = new LiveFeed();
  device = bobsLaptop(clock.now() + 60_000);
  sessions = new Sessions({
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
  const connections = new DeviceConnections(clock);
  dependencies = { store, list, devices, connections, sessions, policy, feed, clock, logger };
});
afterEach(async () => {
  await store.destroy();
  await rm(dataDir, { recursive: true, force: true });
});

const held = () => policy.current.heldRoles(device.person, clusterFacts(policy.clusters.get('prod')!));
const open = () => sessions.open({ device, sourceAddress: '' }, 'prod', held()[0]!, { kind: 'request' });

test('a revoked grant gives nothing from that moment on, whether or not the disk takes it', async () => {
  const session = await open();
  const { cut } = session.begin(0);
  await store.destroy();
  const revoked = revoke({ kind: 'grant', name: 'developers-view' }, device, dependencies);
  expect(held()).toEqual([]);
  expect(cut.reason).toMatchObject({ code: 'POSTERN_SESSION_REVOKED' });
  await expect(revoked).rejects.toMatchObject({
    code: 'POSTERN_STORE_FAILED',
    message: expect.stringContaining('grant/developers-view is revoked, but'),
    hint: expect.stringContaining('revoke it again'),
  });
});

test('a session that is just being opened is ended by the revocation of its grant, too', async () => {
  const opening = open();
  await revoke({ kind: 'grant', name: 'developers-view' }, device, dependencies);
  expect((await opening).record).toMatchObject({ endReason: 'revoked' });
  expect([...sessions.all()]).toEqual([]);
});

test('a session that opens by what policy said a moment ago is as policy says now', async () => {
  const [role] = held();
  await policy.apply(developersView({ idleTimeout: '2m' }), 'test', 'apply');
  const session = await sessions.open({ device, sourceAddress: '' }, 'prod', role!, { kind: 'request' });
  expect(session.idleTimeoutMs).toBe(120_000);
  await sessions.end(session, 'disconnected');
  await revoke({ kind: 'grant', name: 'developers-view' }, device, dependencies);
  const late = await sessions.open({ device, sourceAddress: '' }, 'prod', role!, { kind: 'request' });
  expect(late.record).toMatchObject({ endReason: 'revoked' });
});

test('a session that is just being opened is ended by the revocation of its user, too', async () => {
  const opening = open();
  await revoke({ kind: 'user', name: 'bob@acme.example' }, device, dependencies);
  expect((await opening).record).toMatchObject({ endReason: 'revoked' });
});

test('a session that is just being opened is ended by the sign-out of its device', async () => {
  const opening = open();
  device.signedOut = true;
  await sessions.endWhere((session) => session.device === device, 'signed-out');
  expect((await opening).record).toMatchObject({ endReason: 'signed-out' });
});

test('what is revoked while it is being restored is revoked', async () => {
  const grant = { kind: 'grant', name: 'developers-view' } as const;
  await revoke(grant, device, dependencies);
  await Promise.all([restore(grant, 'alice', dependencies), revoke(grant, device, dependencies)]);
  expect(held()).toEqual([]);
  expect((await RevocationList.open(store)).has(grant)).toBe(true);
});
