import { expect, test } from 'vitest';
import type { AgentSession } from '../../proxy-core/contract/agent.ts';
import { type AccountCluster, Accounts } from './accounts.ts';

const session: AgentSession = {
  id: 's1',
  user: 'alice',
  groups: [],
  role: 'viewer',
  roleSpec: { clusterRole: 'admin' },
  isDefaultRole: true,
  expiresAt: null,
  idleTimeoutMs: 60_000,
};

function setUp() {
  const bound: (string | undefined)[] = [];
  const turns: (() => void)[] = [];
  const cluster: AccountCluster = {
    reconcile: async ({ roleSpec }) => {
      await new Promise<void>((resolve) => turns.push(resolve));
      bound.push(roleSpec.clusterRole);
      return [];
    },
    remove: async () => void bound.push('removed'),
    requestToken: async () => ({ token: 't', expiresAtMs: Number.MAX_SAFE_INTEGER }),
    touch: async () => {},
    list: async () => [],
  };
  const clock = { now: () => 0, setTimeout: () => ({}), clearTimeout: () => {} };
  const accounts = new Accounts({ cluster, clock, waitUntilEffective: async () => {} });
  const account = accounts.of(session);
  account.join(session);
  const making = () => expect.poll(() => turns.length).toBe(1);
  const letMake = async () => {
    await making();
    turns.pop()?.();
  };
  return { account, accounts, bound, making, letMake };
}

test('a request that waits for its account waits also for a role that changes meanwhile', async () => {
  const { account, bound, making, letMake } = setUp();
  const boundWhenServed = account.token().then(() => [...bound]);
  await making();
  expect(account.presentToken()).toBeUndefined();
  account.join({ ...session, roleSpec: { clusterRole: 'view' } });
  await letMake();
  await letMake();
  expect(await boundWhenServed).toEqual(['admin', 'view']);
  expect(account.presentToken()).toBe('t');
});

test('a request that waits for its account gets none once its last session has ended', async () => {
  const { account, accounts, bound, making, letMake } = setUp();
  const token = account.token();
  token.catch(() => {});
  await making();
  account.sessions.delete(session.id);
  const removed = accounts.removeUnused(account.name);
  await letMake();
  await removed;
  await expect(token).rejects.toMatchObject({ code: 'POSTERN_SESSION_ENDED' });
  expect(account.presentToken()).toBeUndefined();
  expect(bound.at(-1)).toBe('removed');
});
