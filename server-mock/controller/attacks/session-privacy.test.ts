import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, type TestDevice, TestOrganisation } from '../fixtures/controller.ts';

const pods = '/clusters/prod/api/v1/namespaces/default/pods';

let acme: TestOrganisation;
let bob: TestDevice;
let bobAtHome: TestDevice;
let carol: TestDevice;
let sessionId: string;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  await acme.cluster('prod');
  bob = await acme.signIn('bob@acme.example', ['developers']);
  bobAtHome = await acme.signIn('bob@acme.example', ['developers']);
  carol = await acme.signIn('carol@acme.example', ['developers']);
  await ask(bob, pods);
  sessionId = (await bob.api.sessions.list({})).sessions[0]!.id;
});
afterAll(() => acme[Symbol.asyncDispose]());

const unknown = { code: 'POSTERN_NOT_FOUND', status: 404 };

test('nobody reads another person’s sessions or events', async () => {
  expect((await carol.api.sessions.list({})).sessions).toEqual([]);
  await expect(carol.api.sessions.events({ id: sessionId })).rejects.toMatchObject(unknown);
});

test('nobody ends another person’s session, nor one of another device', async () => {
  await expect(carol.api.sessions.end({ id: sessionId })).rejects.toMatchObject(unknown);
  await expect(bobAtHome.api.sessions.end({ id: sessionId })).rejects.toMatchObject(unknown);
  expect((await bob.api.sessions.list({ active: true })).sessions).toHaveLength(1);
});

test('a person reads the sessions of all of their own devices', async () => {
  expect((await bobAtHome.api.sessions.list({})).sessions.map(({ id }) => id)).toContain(sessionId);
  await expect(bobAtHome.api.sessions.events({ id: sessionId })).resolves.toMatchObject({ events: expect.any(Array) });
});

test('a session that is another’s and one that never was are told apart by nobody', async () => {
  const never = '0190b4a0-0000-7000-8000-000000000001';
  const message = (error: Error) => error.message.replace(sessionId, 'ID').replace(never, 'ID');
  const [theirs, none] = await Promise.all(
    [sessionId, never].map((id) => carol.api.sessions.events({ id }).then(() => 'answered', message)),
  );
  expect(theirs).toBe(none);
});

test('one device’s requests never run in another device’s session', async () => {
  await ask(bobAtHome, pods, { headers: { 'postern-session': sessionId } });
  await ask(carol, pods, { headers: { 'postern-session': sessionId } });
  expect(
    (await bobAtHome.api.sessions.list({ active: true })).sessions.filter(({ device }) => device.id === bobAtHome.id),
  ).toHaveLength(1);
  expect((await carol.api.sessions.list({ active: true })).sessions[0]!.id).not.toBe(sessionId);
});
