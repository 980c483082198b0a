import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { launchCodeLifeMs } from './loopback-access.ts';
import { coreToken, startTestLoopback } from './testing-loopback.ts';

test('a launch address gives a cookie and leads to the interface', async () => {
  await using loopback = await startTestLoopback();
  const launched = await loopback.get(`/launch/${loopback.access.newLaunchCode()}`);
  expect(launched.status).toBe(303);
  expect(launched.headers).toMatch(/^location: \/\r$/im);
  expect(launched.headers).toMatch(
    new RegExp(`^set-cookie: postern-${loopback.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict\r?$`, 'im'),
  );
  const cookie = /^set-cookie: ([^;]+)/im.exec(launched.headers)?.[1] ?? '';
  const index = await loopback.get('/', { Cookie: cookie });
  expect(index).toMatchObject({ status: 200, body: '<!doctype html><title>Postern</title>' });
  expect(index.headers).toMatch(/^cache-control: no-store\r?$/im);
  expect(index.headers).toMatch(/^content-security-policy: default-src 'none'; script-src 'self';/im);
});

test('every address without a file name is the one page; assets may be kept', async () => {
  await using loopback = await startTestLoopback();
  const cookie = await loopback.launch();
  expect(await loopback.get('/sessions/019ab3c4', { Cookie: cookie })).toMatchObject({
    status: 200,
    body: expect.stringContaining('Postern'),
  });
  const asset = await loopback.get('/assets/index-abc.js', { Cookie: cookie });
  expect(asset.headers).toMatch(/^content-type: text\/javascript/im);
  expect(asset.headers).toMatch(/immutable/);
  expect(await loopback.get('/assets/other.js', { Cookie: cookie })).toMatchObject({ status: 404 });
});

test('an interface that was never built is said to be so', async () => {
  await using loopback = await startTestLoopback();
  const cookie = await loopback.launch();
  await rm(loopback.folder, { recursive: true });
  expect(await loopback.get('/', { Cookie: cookie })).toMatchObject({
    status: 503,
    body: expect.stringContaining('npm run build'),
  });
});

test('a launch address that lay too long leads to a page that says what to do', async () => {
  let now = 0;
  await using loopback = await startTestLoopback({ now: () => now });
  const code = loopback.access.newLaunchCode();
  now += launchCodeLifeMs + 1;
  expect(await loopback.get(`/launch/${code}`)).toMatchObject({
    status: 410,
    body: expect.stringContaining('postern ui'),
  });
});

test('the command line and a launched browser may open the WebSocket', async () => {
  await using loopback = await startTestLoopback();
  expect(await loopback.upgrade({ Authorization: `Bearer ${coreToken}` })).toEqual({ status: 101 });
  const cookie = await loopback.launch();
  expect(await loopback.upgrade({ Cookie: cookie, Origin: `http://${loopback.host}` })).toEqual({ status: 101 });
});
