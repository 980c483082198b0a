import { expect, test } from 'vitest';
import { coreToken, startTestLoopback } from './testing-loopback.ts';

test.each([
  ['a foreign page', 'https://attacker.example'],
  ['a page of another program on this machine', 'http://127.0.0.1:1'],
  ['a sandboxed frame', 'null'],
  ['the right address over another scheme', 'https'],
])('%s cannot open the WebSocket with the cookie that the browser adds', async (_, origin) => {
  await using loopback = await startTestLoopback();
  const Cookie = await loopback.launch();
  const Origin = origin === 'https' ? `https://${loopback.host}` : origin;
  expect((await loopback.upgrade({ Cookie, Origin })).status).toBe(403);
  expect((await loopback.upgrade({ Authorization: `Bearer ${coreToken}`, Origin })).status).toBe(403);
});

test('a cookie without an Origin opens no WebSocket', async () => {
  await using loopback = await startTestLoopback();
  expect((await loopback.upgrade({ Cookie: await loopback.launch() })).status).toBe(403);
});

test('only the one path is a WebSocket', async () => {
  await using loopback = await startTestLoopback();
  const Authorization = `Bearer ${coreToken}`;
  expect((await loopback.upgrade({ Authorization }, '/')).status).toBe(404);
  expect((await loopback.upgrade({ Authorization }, '/rpc/..')).status).toBe(404);
});
