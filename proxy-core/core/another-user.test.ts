import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { startTestLoopback } from './testing-loopback.ts';

const nobody = 65_534;

async function connectAs(uid: number, port: number): Promise<Socket> {
  process.seteuid?.(uid);
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  process.seteuid?.(0);
  return socket;
}

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('another user of the machine', () => {
  test('who reads a launch code in the process list gets nothing for it, and does not use it up', async () => {
    await using loopback = await startTestLoopback();
    const target = `/launch/${loopback.access.newLaunchCode()}`;
    const socket = await connectAs(nobody, loopback.port);
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${loopback.host}\r\nConnection: close\r\n\r\n`);
    expect(await text(socket)).not.toMatch(/set-cookie/i);
    expect((await loopback.get(target)).status).toBe(303);
  });

  test('whose port a browser sent the cookie to cannot use it', async () => {
    await using loopback = await startTestLoopback();
    const cookie = await loopback.launch();
    const headers = { Cookie: cookie, Origin: `http://${loopback.host}` };
    const socket = await connectAs(nobody, loopback.port);
    socket.write(
      `GET /rpc HTTP/1.1\r\nHost: ${loopback.host}\r\nCookie: ${headers.Cookie}\r\nOrigin: ${headers.Origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403/);
    expect((await loopback.upgrade(headers)).status).toBe(101);
  });
});
