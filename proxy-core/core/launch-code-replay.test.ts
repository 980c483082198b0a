import { expect, test } from 'vitest';
import { startTestLoopback } from './testing-loopback.ts';

test('a launch code opens the interface once; a replay gets a page that says what to do and no cookie', async () => {
  await using loopback = await startTestLoopback();
  const target = `/launch/${loopback.access.newLaunchCode()}`;
  expect((await loopback.get(target)).status).toBe(303);
  const replay = await loopback.get(target);
  expect(replay).toMatchObject({ status: 410, body: expect.stringContaining('postern ui') });
  expect(replay.headers).not.toMatch(/set-cookie/i);
});

test('of two that come at once one gets in', async () => {
  await using loopback = await startTestLoopback();
  const target = `/launch/${loopback.access.newLaunchCode()}`;
  const answers = await Promise.all([loopback.get(target), loopback.get(target)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 410]);
});

test('a guessed, empty or prefixed code gets nothing', async () => {
  await using loopback = await startTestLoopback();
  const code = loopback.access.newLaunchCode();
  for (const guess of ['', 'x', code.slice(0, -1), `${code}/`, `${code}?`.slice(0, -2), `../launch/${code}`]) {
    expect((await loopback.get(`/launch/${guess}`)).headers).not.toMatch(/set-cookie/i);
  }
});

test('a page that prefetches by POST cannot use it up', async () => {
  await using loopback = await startTestLoopback();
  const target = `/launch/${loopback.access.newLaunchCode()}`;
  const posted = await loopback.exchange(
    `POST ${target} HTTP/1.1\r\nHost: ${loopback.host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
  expect(posted).toMatch(/^HTTP\/1\.1 405/);
  expect((await loopback.get(target)).status).toBe(303);
});

test('many unused codes do not pile up', async () => {
  await using loopback = await startTestLoopback();
  const first = loopback.access.newLaunchCode();
  for (let count = 0; count < 100; count++) loopback.access.newLaunchCode();
  expect((await loopback.get(`/launch/${first}`)).status).toBe(410);
});
