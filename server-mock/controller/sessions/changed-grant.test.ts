import { expect, test } from 'vitest';
import { ask, TestOrganisation } from '../fixtures/controller.ts';

const hour = 60 * 60_000;
const shortened = `
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: developers-view }
spec:
  subjects: { groups: [developers] }
  role: viewer
  clusters: { matchLabels: {} }
  conditions: { maxDuration: 1h, idleTimeout: 2m }
`;

test('an open session takes over conditions that are changed in its grant, and so does its agent', async () => {
  await using acme = await TestOrganisation.start();
  const agent = await acme.cluster('prod');
  const bob = await acme.signIn('bob@acme.example', ['developers']);
  expect((await ask(bob, '/clusters/prod/api/v1/namespaces/default/pods')).status).toBe(200);
  await acme.controller.applyPolicy(shortened, 'test');
  const [session] = (await bob.api.sessions.list({})).sessions;
  expect(Date.parse(session!.expiresAt!) - Date.parse(session!.startedAt)).toBe(hour);
  await expect
    .poll(() => agent.sessions.get(session!.id))
    .toMatchObject({ expiresAt: session!.expiresAt, idleTimeoutMs: 2 * 60_000 });
});
