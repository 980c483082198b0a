import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { maxMessageBytes } from './serve-websocket.ts';
import { coreToken, startTestLoopback } from './testing-loopback.ts';

test.each([
  ['none', {}],
  ['an empty one', { Authorization: 'Bearer ' }],
  ['a wrong one', { Authorization: `Bearer ${coreToken}x` }],
  ['its beginning', { Authorization: `Bearer ${coreToken.slice(0, -1)}` }],
  ['another scheme', { Authorization: `Basic ${coreToken}` }],
  ['the token as a cookie', { Cookie: `postern=${coreToken}` }],
])('with %s as the token nothing is answered', async (_, headers) => {
  await using loopback = await startTestLoopback();
  const Origin = `http://${loopback.host}`;
  expect((await loopback.upgrade({ ...headers, Origin } as Record<string, string>)).status).toBe(403);
  expect((await loopback.get('/', headers as Record<string, string>)).status).toBe(401);
});

test('a made-up cookie is no session', async () => {
  await using loopback = await startTestLoopback();
  for (const value of ['', 'x', 'a'.repeat(43), '__proto__']) {
    expect((await loopback.get('/', { Cookie: `postern-${loopback.port}=${value}` })).status).toBe(401);
  }
});

test('the token does not work in a URL', async () => {
  await using loopback = await startTestLoopback();
  expect((await loopback.get(`/?token=${coreToken}`)).status).toBe(401);
});

test('a message over the limit ends its connection and no other', async () => {
  await using loopback = await startTestLoopback();
  const open = () => new WebSocket(`ws://${loopback.host}/rpc`, { headers: { authorization: `Bearer ${coreToken}` } });
  const greedy = open();
  const modest = open();
  await Promise.all([greedy, modest].map((socket) => new Promise((resolve) => socket.once('open', resolve))));
  greedy.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => greedy.once('close', resolve));
  greedy.send(Buffer.alloc(maxMessageBytes + 1, 0x20));
  expect(await closed).not.toBe(1000);
  const answered = new Promise<string>((resolve) => modest.once('message', (data) => resolve(String(data))));
  modest.send(JSON.stringify({ i: '1', p: { u: '/host/stop', b: {} } }));
  expect(await answered).toContain('"i":"1"');
  modest.close();
});

test.each([
  '',
  '{',
  'null',
  '[]',
  '{"i":1}',
  '{"i":"1","p":{"u":"::"}}',
  '{"i":"1","p":{"u":"//["}}',
  '{"i":"1","t":3}',
])('the message %j ends its own connection only', async (text) => {
  await using loopback = await startTestLoopback();
  const socket = new WebSocket(`ws://${loopback.host}/rpc`, { headers: { authorization: `Bearer ${coreToken}` } });
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.send(text);
  expect(await closed).toBe(1007);
  expect((await loopback.upgrade({ Authorization: `Bearer ${coreToken}` })).status).toBe(101);
});

test('a procedure that does not exist is an answer, not a failure', async () => {
  await using loopback = await startTestLoopback();
  const socket = new WebSocket(`ws://${loopback.host}/rpc`, { headers: { authorization: `Bearer ${coreToken}` } });
  await new Promise((resolve) => socket.once('open', resolve));
  const answered = new Promise<string>((resolve) => socket.once('message', (data) => resolve(String(data))));
  socket.send(JSON.stringify({ i: '1', p: { u: '/__proto__/constructor', b: {} } }));
  expect(JSON.parse(await answered)).toMatchObject({ i: '1', p: { s: 404 } });
  socket.close();
});
