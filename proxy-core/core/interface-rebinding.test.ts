import { expect, test } from 'vitest';
import { coreToken, startTestLoopback } from './testing-loopback.ts';

test.each([
  ['a name that was rebound to 127.0.0.1', (port: number) => `attacker.example:${port}`],
  ['localhost, whose cookies other programs set', (port: number) => `localhost:${port}`],
  ['another port', () => '127.0.0.1:1'],
  ['no port', () => '127.0.0.1'],
  ['an empty host', () => ''],
])('a request for %s gets nothing, even with the right secrets', async (_, hostFor) => {
  await using loopback = await startTestLoopback();
  const cookie = await loopback.launch();
  const Host = hostFor(loopback.port);
  const code = loopback.access.newLaunchCode();
  expect((await loopback.get('/', { Host, Cookie: cookie })).status).toBe(403);
  expect((await loopback.get('/', { Host, Authorization: `Bearer ${coreToken}` })).status).toBe(403);
  expect((await loopback.get(`/launch/${code}`, { Host })).status).toBe(403);
  expect((await loopback.upgrade({ Host, Authorization: `Bearer ${coreToken}` })).status).toBe(403);
});

test('a request without a Host gets nothing', async () => {
  await using loopback = await startTestLoopback();
  const answer = await loopback.exchange(`GET / HTTP/1.0\r\nAuthorization: Bearer ${coreToken}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 403/);
});

test('two Hosts are refused before either is looked at', async () => {
  await using loopback = await startTestLoopback();
  const answer = await loopback.exchange(
    `GET / HTTP/1.1\r\nHost: ${loopback.host}\r\nHost: attacker.example\r\nConnection: close\r\n\r\n`,
  );
  expect(answer).not.toMatch(/^HTTP\/1\.1 200/);
});
