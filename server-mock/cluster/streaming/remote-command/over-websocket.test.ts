import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { testPod } from '../testing/pod.ts';
import { servePods } from '../testing/pods-api.ts';

let server: Awaited<ReturnType<typeof servePods>>;
beforeAll(async () => {
  server = await servePods([testPod('web-1')]);
});
afterAll(() => server.close());

function exec(command: string[], options: { protocol?: string; tty?: boolean; stdin?: boolean } = {}): WebSocket {
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
  for (const word of command) query.append('command', word);
  query.set('stdin', String(options.stdin ?? true));
  if (options.tty) query.set('tty', 'true');
  const url = `${server.url.replace('http', 'ws')}/api/v1/namespaces/default/pods/web-1/exec?${query}`;
  return new WebSocket(url, options.protocol ?? 'v5.channel.k8s.io');
}

/** What came on each channel until the connection closed. */
async function outcome(socket: WebSocket) {
  const channels: Record<number, string> = {};
  socket.on('message', (data: Buffer) => {
    channels[data[0] as number] = (channels[data[0] as number] ?? '') + data.subarray(1);
  });
  const [code] = await once(socket, 'close');
  const status = channels[3] ? JSON.parse(channels[3]) : undefined;
  return { code, stdout: channels[1], stderr: channels[2], status };
}

const message = (channel: number, text = '') => Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);

test('v5 ends stdin by its close channel, and the exit code is a Status', async () => {
  const socket = exec(['sh', '-c', 'cat; echo oops >&2; exit 9']);
  const done = outcome(socket);
  await once(socket, 'open');
  socket.send(message(0, 'typed'));
  socket.send(Buffer.from([255, 0]));
  expect(await done).toMatchObject({
    code: 1000,
    stdout: 'typed',
    stderr: 'oops\n',
    status: {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '9' }] },
    },
  });
});

test('a client has time to make its streams, and to tell its terminal’s size, before anything comes', async () => {
  const socket = exec(['stty', 'size'], { tty: true });
  const done = outcome(socket);
  await once(socket, 'open');
  const opened = performance.now();
  let firstMs = 0;
  socket.once('message', () => {
    firstMs = performance.now() - opened;
  });
  setTimeout(() => socket.send(message(4, JSON.stringify({ Width: 111, Height: 33 }))), 5);
  expect(await done).toMatchObject({ stdout: '33 111\r\n' });
  expect(firstMs).toBeGreaterThan(20);
});

test('v4 works without an end of stdin', async () => {
  const socket = exec(['head', '-n', '1'], { protocol: 'v4.channel.k8s.io' });
  const done = outcome(socket);
  await once(socket, 'open');
  expect(socket.protocol).toBe('v4.channel.k8s.io');
  socket.send(message(0, 'line\nmore\n'));
  expect(await done).toMatchObject({ stdout: 'line\n', status: { status: 'Success' } });
});

test('a resize is what stty says', async () => {
  const socket = exec(['sh'], { tty: true });
  const done = outcome(socket);
  await once(socket, 'open');
  socket.send(message(4, '{"Width":132,"Height":43}\n'));
  socket.send(message(0, 'stty size\rexit\r'));
  expect((await done).stdout).toContain('43 132');
});

test('what breaks the protocol closes the connection with 1002', async () => {
  const attacks = [message(9, 'unknown channel'), message(4, '{"Width":'.padEnd(2_000)), message(4, '{}\n'), 'text'];
  for (const attack of attacks) {
    const socket = exec(['sleep', '1000'], { tty: true });
    const done = outcome(socket);
    await once(socket, 'open');
    socket.send(attack);
    expect((await done).code).toBe(1002);
  }
});

test('a message beyond all bounds closes the connection with 1009', async () => {
  const socket = exec(['sleep', '1000']);
  const done = outcome(socket);
  await once(socket, 'open');
  socket.send(Buffer.alloc(2_000_000));
  expect((await done).code).toBe(1009);
});

test('an unknown subprotocol, or none, is refused with a Status', async () => {
  for (const protocol of ['v9.channel.k8s.io', undefined]) {
    const socket = exec(['true'], { protocol: protocol ?? 'none' });
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(400);
    expect(JSON.parse(String((await response.toArray())[0]))).toMatchObject({ kind: 'Status', reason: 'BadRequest' });
  }
});

test('a client that goes away ends its process', async () => {
  const container = server.containers.of(server.pods[0]!, 'app')!;
  const before = container.processes().length;
  const socket = exec(['sleep', '1000']);
  await once(socket, 'open');
  await expect.poll(() => container.processes().length).toBe(before + 1);
  socket.terminate();
  await expect.poll(() => container.processes().length).toBe(before);
});

test('an upgrade to nothing known, or of nothing complete, is refused', async () => {
  const target = '/api/v1/namespaces/default/pods/web-1/exec?stdout=true&command=true';
  for (const [upgrade, status] of [
    ['h2c', '400'],
    ['websocket\r\nSec-WebSocket-Protocol: v5.channel.k8s.io', '400'],
    ['SPDY/3.1', '403'],
    ['SPDY/3.1\r\nX-Stream-Protocol-Version: v1.channel.k8s.io', '403'],
  ]) {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`POST ${target} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`);
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 (${status}|405) `));
  }
});
