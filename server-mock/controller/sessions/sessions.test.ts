import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bobsLaptop, developersView } from '../fixtures/developers-view.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { Device } from '../identity/devices.ts';
import { RevocationList } from '../identity/revocation-list.ts';
import { clusterFacts } from '../policy/selector.ts';
import { PolicyRegistry } from '../policy-registry.ts';
import { openStore, type Store } from '../store/open.ts';
import { writeRevocation } from '../store/revocations.ts';
import { findSession } from '../store/session-records.ts';
import { LiveFeed } from './live-feed.ts';
import type { LiveSession } from './live-session.ts';
import { Sessions } from './sessions.ts';

const minute = 60_000;

let dataDir: string;
let store: Store;
let clock: ManualClock;
let device: Device;
let policy: PolicyRegistry;
let offlineSinceMs: number | undefined;
let forgotten: string[];
let sessions: Sessions;

async function start(): Promise<Sessions> {
  const revocations = await RevocationList.open(store);
  policy = await PolicyRegistry.open(store, revocations, clock);
  return new Sessions({
    store,
    clock,
    logger: pino({ level: 'silent' }),
    hub: {
      forget: async (_, id) => void forgotten.push(id),
      announceAgain: async () => {},
      offlineSinceMs: () => offlineSinceMs,
    },
    feed: new LiveFeed(),
    policy,
    revocations,
    devices: { byId: async () => device },
    idleTimeoutMs: 15 * minute,
    agentLossGraceMs: minute,
  });
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-sessions-'));
  store = await openStore(dataDir);
  clock = new ManualClock();
  offlineSinceMs = undefined;
  forgotten = [];
  device = bobsLaptop(clock.now() + 8 * 60 * minute);
  sessions = await start();
});
afterEach(async () => {
  await sessions.close();
  await store.destroy();
  await rm(dataDir, { recursive: true, force: true });
});

async function open(conditions: { idleTimeout?: string; maxDuration?: string } = {}): Promise<LiveSession> {
  await policy.apply(developersView(conditions), 'test', 'apply');
  const [role] = policy.current.heldRoles(device.person, clusterFacts(policy.clusters.get('prod')!));
  return sessions.open({ device, sourceAddress: '127.0.0.1' }, 'prod', role!, { kind: 'request' });
}

describe('a session', () => {
  test('ends when it was idle for its time, and its account goes', async () => {
    const session = await open({ idleTimeout: '5m' });
    clock.advance(5 * minute - 1);
    expect(session.record.endedAt).toBeNull();
    clock.advance(1_001);
    await sessions.settled();
    expect(session.record.endReason).toBe('idle');
    expect(forgotten).toEqual([session.record.id]);
    expect(await findSession(store, session.record.id)).toMatchObject({ endReason: 'idle' });
  });

  test('is not idle while a request runs, however quiet', async () => {
    const session = await open();
    const stream = session.begin(clock.now());
    clock.advance(3 * 60 * minute);
    expect(session.record.endedAt).toBeNull();
    stream.done({ bytesIn: 1, bytesOut: 2 });
    clock.advance(14 * minute);
    expect(session.record.endedAt).toBeNull();
    clock.advance(2 * minute);
    expect(session.record).toMatchObject({ endReason: 'idle', requestCount: 1, bytesIn: 1, bytesOut: 2 });
  });

  test('ends at its grant’s maximum with its streams cut, busy or not', async () => {
    const session = await open({ maxDuration: '30m' });
    const stream = session.begin(clock.now());
    clock.advance(30 * minute);
    expect(session.record.endReason).toBe('expired');
    expect(stream.cut.reason).toMatchObject({ code: 'POSTERN_SESSION_ENDED' });
  });

  test('ends with the certificate, and a renewal moves that end', async () => {
    const session = await open();
    session.begin(clock.now());
    clock.advance(7 * 60 * minute);
    device.certificateExpiresAtMs = clock.now() + 8 * 60 * minute;
    session.setEnd();
    clock.advance(7 * 60 * minute);
    expect(session.record.endedAt).toBeNull();
    clock.advance(2 * 60 * minute);
    expect(session.record.endReason).toBe('expired');
  });

  test('outlives its cluster’s agent by the grace time only', async () => {
    const session = await open();
    clock.advance(10 * minute);
    offlineSinceMs = clock.now();
    clock.advance(minute - 1_000);
    expect(session.record.endedAt).toBeNull();
    clock.advance(1_000);
    expect(session.record.endReason).toBe('agent-lost');
  });

  test('cuts also a request that had been let in and begins only after the end', async () => {
    const session = await open();
    void sessions.end(session, 'revoked');
    expect(session.begin(clock.now()).cut.reason).toMatchObject({ code: 'POSTERN_SESSION_REVOKED' });
  });

  test('after its end opens anew by itself', async () => {
    const first = await open();
    await sessions.end(first, 'disconnected');
    const second = await open();
    expect(second.record.id).not.toBe(first.record.id);
  });

  test('ends once, whatever ends it at the same moment', async () => {
    const session = await open();
    await Promise.all([sessions.end(session, 'disconnected'), sessions.end(session, 'revoked')]);
    expect(session.record.endReason).toBe('disconnected');
    expect(forgotten).toHaveLength(1);
  });

  test.each(['session', 'user', 'device'] as const)(
    'whose end was lost is not taken over by a restart, since its %s is revoked',
    async (kind) => {
      const { record } = await open();
      const name = { session: record.id, user: record.user, device: record.device.id }[kind];
      await writeRevocation(store, { revocation: { kind, name }, createdAt: record.startedAt, createdBy: 'alice' });
      const again = await start();
      await again.resume();
      await again.close();
      expect([...again.all()]).toEqual([]);
      expect(await findSession(store, record.id)).toMatchObject({ endReason: 'revoked' });
    },
  );
});
