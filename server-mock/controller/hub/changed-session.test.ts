import { afterEach, beforeEach, expect, test } from 'vitest';
import { json } from '../fixtures/agent.ts';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

const pods = '/clusters/prod/api/v1/namespaces/default/pods';
const roleOf = (account: string) => `
apiVersion: postern.dev/v1
kind: Role
metadata: { name: viewer }
spec: { serviceAccount: { namespace: ops, name: ${account} } }
`;

let acme: TestOrganisation;
let bob: TestDevice;
let agent: Awaited<ReturnType<TestOrganisation['cluster']>>;
/** What the agent does before it answers a call about a session. */
let onAnnouncement: () => Promise<'taken' | 'failed'>;

beforeEach(async () => {
  onAnnouncement = async () => 'taken';
  acme = await TestOrganisation.start();
  agent = await acme.cluster('prod', { onRequest: (_, response) => json(response, 200, {}) }, {}, () =>
    onAnnouncement(),
  );
  await acme.controller.applyPolicy(roleOf('strong'), 'test');
  bob = await acme.signIn('bob@acme.example', ['developers']);
});
afterEach(() => acme[Symbol.asyncDispose]());

/** The agent takes in nothing that it is told until `go`. @returns how many calls wait */
function holdAnnouncements(): { waiting: () => number; go: () => void } {
  const released = Promise.withResolvers<void>();
  let waiting = 0;
  onAnnouncement = async () => {
    waiting += 1;
    await released.promise;
    return 'taken';
  };
  return { waiting: () => waiting, go: released.resolve };
}

const accountAtAgent = () => [...agent.sessions.values()].map(({ roleSpec }) => roleSpec.serviceAccount?.name);

test('a role that changes while the agent is being told of a session is what the agent has in the end', async () => {
  const held = holdAnnouncements();
  // One on each of the agent's two connections.
  const first = [ask(bob, pods), ask(bob, pods)];
  await expect.poll(held.waiting).toBe(2);
  onAnnouncement = async () => 'taken';
  await acme.controller.applyPolicy(roleOf('weak'), 'test');
  held.go();
  await Promise.all(first);
  expect((await ask(bob, pods)).status).toBe(200);
  expect(accountAtAgent()).toEqual(['weak']);
});

test('of the changes that come while the agent is being told, it is told only the last', async () => {
  const held = holdAnnouncements();
  const first = ask(bob, pods);
  await expect.poll(held.waiting).toBe(1);
  onAnnouncement = async () => 'taken';
  for (const account of ['a', 'b', 'c', 'weak']) await acme.controller.applyPolicy(roleOf(account), 'test');
  held.go();
  await first;
  expect((await ask(bob, pods)).status).toBe(200);
  expect(accountAtAgent()).toEqual(['weak']);
  const told = agent.announcements.map(({ roleSpec }) => roleSpec.serviceAccount?.name);
  expect(told.slice(0, 2)).toEqual(['strong', 'weak']);
  expect(told).not.toContain('b');
});

test('a changed role that the agent could not be told of is told before the next request', async () => {
  for (let connection = 1; connection <= 2; connection += 1) expect((await ask(bob, pods)).status).toBe(200);
  expect(agent.announcements).toHaveLength(2);
  let failures = 0;
  onAnnouncement = async () => {
    failures += 1;
    return 'failed';
  };
  await acme.controller.applyPolicy(roleOf('weak'), 'test');
  await expect.poll(() => failures).toBe(2);
  onAnnouncement = async () => 'taken';
  expect((await ask(bob, pods)).status).toBe(200);
  expect(accountAtAgent()).toEqual(['weak']);
});

test('a session that is revoked while the agent is being told of it leaves no account there', async () => {
  const held = holdAnnouncements();
  const asked = ask(bob, pods);
  await expect.poll(held.waiting).toBe(1);
  const alice = await acme.signIn('alice@acme.example', ['platform-admins']);
  const revoked = alice.api.admin.revoke({ kind: 'grant', name: 'developers-view' });
  await expect.poll(async () => (await ask(bob, pods)).status).toBe(404);
  held.go();
  await Promise.all([asked, revoked]);
  expect([...agent.sessions.keys()]).toEqual([]);
});

test('a session that does not change with policy needs nothing of its agent', async () => {
  for (let connection = 1; connection <= 2; connection += 1) expect((await ask(bob, pods)).status).toBe(200);
  onAnnouncement = async () => 'failed';
  await acme.controller.applyPolicy(roleOf('strong').replace('viewer', 'other'), 'test');
  expect((await ask(bob, pods)).status).toBe(200);
});
