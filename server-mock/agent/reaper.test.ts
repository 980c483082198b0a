import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { AgentSession } from '../../proxy-core/contract/agent.ts';
import type { AccountSpec } from './account-objects.ts';
import { Accounts } from './accounts.ts';
import type { StoredAccount } from './cluster-accounts.ts';
import { AgentError } from './errors.ts';
import { Reaper } from './reaper.ts';
import { Sessions } from './sessions.ts';

const minute = 60_000;
const logger = pino({ level: 'silent' });

/** A clock that only a test moves. */
function stillClock() {
  let now = 1_000_000_000_000;
  const timers = new Map<object, { at: number; callback: () => void }>();
  return {
    now: () => now,
    setTimeout: (callback: () => void, delayMs: number) => {
      const handle = {};
      timers.set(handle, { at: now + delayMs, callback });
      return handle;
    },
    clearTimeout: (handle: unknown) => void timers.delete(handle as object),
    timers,
    async advance(ms: number) {
      now += ms;
      for (const [handle, { at, callback }] of [...timers]) {
        if (at > now) continue;
        timers.delete(handle);
        callback();
        await new Promise(setImmediate);
      }
    },
  };
}

/** A cluster's accounts as data. */
class ClusterInMemory {
  readonly accounts = new Map<string, StoredAccount>();
  isAway = false;
  leftoversAsked = 0;
  removed: string[] = [];

  async reconcile({ name, sessionId, lastUseMs, expiresAtMs, idleTimeoutMs }: AccountSpec): Promise<string[]> {
    this.#refuseIfAway();
    this.accounts.set(name, { name, label: name, sessionId, lastUseMs, expiresAtMs, idleTimeoutMs });
    return [];
  }
  async touch(account: Omit<StoredAccount, 'label'>): Promise<void> {
    this.#refuseIfAway();
    this.accounts.set(account.name, { ...account, label: account.name });
  }
  async remove(name: string): Promise<void> {
    this.#refuseIfAway();
    this.accounts.delete(name);
    this.removed.push(name);
  }
  async list(): Promise<StoredAccount[]> {
    this.#refuseIfAway();
    return [...this.accounts.values()];
  }
  async removeLeftovers(): Promise<string[]> {
    this.#refuseIfAway();
    this.leftoversAsked += 1;
    return [];
  }
  async requestToken(): Promise<{ token: string; expiresAtMs: number }> {
    return { token: 't', expiresAtMs: Number.MAX_SAFE_INTEGER };
  }
  #refuseIfAway(): void {
    if (this.isAway) throw new AgentError('POSTERN_AGENT_KUBERNETES', 'the API server is away');
  }
}

function setUp() {
  const clock = stillClock();
  const cluster = new ClusterInMemory();
  const accounts = new Accounts({ cluster, clock, waitUntilEffective: async () => undefined });
  const sessions = new Sessions({ accounts, clock, logger });
  const reaper = new Reaper({ accounts, sessions, cluster, clock, logger });
  const announce = (session: Partial<AgentSession> = {}): string => {
    const id = session.id ?? crypto.randomUUID();
    sessions.announce({
      id,
      user: 'alice',
      groups: [],
      role: 'viewer',
      roleSpec: { clusterRole: 'view' },
      isDefaultRole: true,
      expiresAt: null,
      idleTimeoutMs: 15 * minute,
      ...session,
    });
    return id;
  };
  const request = async (id: string): Promise<void> => {
    using use = sessions.begin(id);
    await use.account.token();
  };
  return { clock, cluster, sessions, reaper, announce, request };
}

test('an account goes when it was idle for its time, and not before', async () => {
  const { clock, cluster, reaper, announce, request } = setUp();
  await request(announce());
  await clock.advance(15 * minute - 1);
  await reaper.check();
  expect(cluster.removed).toEqual([]);
  await clock.advance(1);
  await reaper.check();
  expect(cluster.removed).toEqual(['alice']);
});

test('a request under way keeps its account however long it is quiet', async () => {
  const { clock, cluster, sessions, reaper, announce } = setUp();
  const id = announce();
  const use = sessions.begin(id);
  await use.account.token();
  for (let hour = 0; hour < 5; hour += 1) {
    await clock.advance(60 * minute);
    await reaper.check();
  }
  expect(cluster.removed).toEqual([]);
  use[Symbol.dispose]();
  await clock.advance(15 * minute);
  await reaper.check();
  expect(cluster.removed).toEqual(['alice']);
});

test('an account goes at its fixed end even in use, and what runs in it is cut', async () => {
  const { clock, cluster, sessions, reaper, announce } = setUp();
  const id = announce({ expiresAt: new Date(clock.now() + minute).toISOString() });
  using use = sessions.begin(id);
  await use.account.token();
  await clock.advance(minute);
  await reaper.check();
  expect(use.cut.reason).toMatchObject({ code: 'POSTERN_SESSION_ENDED' });
  expect(cluster.removed).toEqual(['alice']);
});

test('a removal that fails is tried again at the next check', async () => {
  const { cluster, sessions, reaper, announce, request } = setUp();
  const id = announce();
  await request(id);
  cluster.isAway = true;
  await expect(sessions.end(id)).rejects.toMatchObject({ code: 'POSTERN_AGENT_KUBERNETES' });
  await reaper.check();
  cluster.isAway = false;
  await reaper.check();
  expect(cluster.removed).toEqual(['alice']);
});

test('what an earlier agent left goes by its own annotations', async () => {
  const { clock, cluster, reaper } = setUp();
  const left = (name: string, part: Partial<StoredAccount>): void => {
    const idle = { sessionId: 's', lastUseMs: clock.now(), expiresAtMs: null, idleTimeoutMs: 15 * minute };
    cluster.accounts.set(name, { name, label: name, ...idle, ...part });
  };
  left('idle', { lastUseMs: clock.now() - 15 * minute });
  left('expired', { expiresAtMs: clock.now() });
  left('unreadable', { lastUseMs: 0, idleTimeoutMs: 0 });
  left('in-use-by-another-agent', {});
  await reaper.check();
  expect(cluster.removed.sort()).toEqual(['expired', 'idle', 'unreadable']);
});

test('use is written down again before another agent could take the account for idle', async () => {
  const { clock, cluster, reaper, announce, request } = setUp();
  const id = announce();
  await request(id);
  const startedAt = clock.now();
  for (let passed = 0; passed < 60; passed += 1) {
    await clock.advance(minute / 2);
    await request(id);
    await reaper.check();
    const stored = cluster.accounts.get('alice');
    expect(clock.now() - (stored?.lastUseMs ?? 0)).toBeLessThan(6 * minute);
  }
  expect(cluster.accounts.get('alice')?.lastUseMs).toBeGreaterThan(startedAt);
});

test('an account that is needed again while it is being removed is made again', async () => {
  const { cluster, sessions, announce, request } = setUp();
  const first = announce();
  await request(first);
  const ended = sessions.end(first);
  const second = announce();
  await request(second);
  await ended;
  expect(cluster.accounts.has('alice')).toBe(true);
});

test('a request of an ended session makes nothing', async () => {
  const { cluster, sessions, announce } = setUp();
  const id = announce();
  using use = sessions.begin(id);
  await use.account.token();
  await sessions.end(id);
  await expect(use.account.renewToken('t')).rejects.toMatchObject({ code: 'POSTERN_SESSION_ENDED' });
  expect(cluster.accounts.size).toBe(0);
});

test('leftovers that could not be looked for at start are looked for at the next check', async () => {
  const { cluster, reaper } = setUp();
  cluster.isAway = true;
  await reaper.check();
  cluster.isAway = false;
  await reaper.check();
  await reaper.check();
  expect(cluster.leftoversAsked).toBe(1);
});

test('it checks at start and every 30 s, looks for leftovers at start, and stops when closed', async () => {
  const { clock, cluster, reaper } = setUp();
  reaper.start();
  await new Promise(setImmediate);
  expect(cluster.leftoversAsked).toBe(1);
  cluster.accounts.set('old', {
    name: 'old',
    label: 'old',
    sessionId: '',
    lastUseMs: 0,
    expiresAtMs: null,
    idleTimeoutMs: 1,
  });
  await clock.advance(29_999);
  expect(cluster.removed).toEqual([]);
  await clock.advance(1);
  expect(cluster.removed).toEqual(['old']);
  expect(cluster.leftoversAsked).toBe(1);
  await reaper.close();
  expect(clock.timers.size).toBe(0);
});
