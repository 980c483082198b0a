import { once } from 'node:events';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { PosternError } from '../contract/errors.ts';
import { acceptTunnel, openOverTunnel, refuseTunnel } from './accept.ts';
import { TunnelError } from './errors.ts';
import { createTestAuthority } from './testing-certificates.ts';
import { listen, startTestListener, type TestListener } from './testing-listener.ts';
import { closing, manualClock, openTestPair, streamQueue } from './testing-pair.ts';
import { Tunnel, type TunnelOptions } from './tunnel.ts';
import type {
  CloseReason,
  StreamAcceptor,
  StreamOpener,
  TunnelConnection,
  TunnelCredentials,
  TunnelState,
} from './types.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function echo(_target: string, stream: Duplex): void {
  stream.pipe(stream);
}

async function start(
  onSocket: Parameters<typeof startTestListener>[0],
  options: Parameters<typeof startTestListener>[1] = {},
) {
  const listener = await startTestListener(onSocket, options);
  cleanUps.push(() => listener.close());
  return listener;
}

async function dial(listener: TestListener, options: Partial<TunnelOptions> = {}): Promise<Tunnel> {
  const credentials = await listener.credentials();
  const tunnel = new Tunnel({
    addresses: () => [listener.address],
    credentials: () => credentials,
    mode: { kind: 'forward' },
    environment: {},
    random: () => 0,
    ...options,
  });
  cleanUps.push(() => tunnel.close({ drainMs: 0 }));
  return tunnel;
}

function until(tunnel: Tunnel, kind: TunnelState['kind']): Promise<TunnelState> {
  return new Promise((resolve) => {
    if (tunnel.state.kind === kind) {
      resolve(tunnel.state);
      return;
    }
    const undo = tunnel.onState((state) => {
      if (state.kind !== kind) return;
      undo();
      resolve(state);
    });
  });
}

async function eventually(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
}

async function says(stream: Duplex, text: string): Promise<string> {
  stream.write(text);
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  return chunk.toString();
}

test('two connections are held to each peer, and streams spread over them', async () => {
  const accepted: TunnelConnection[] = [];
  const listener = await start((socket) => accepted.push(acceptTunnel(socket, echo)));
  const tunnel = await dial(listener);
  await tunnel.whenOpen();
  await eventually(() => accepted.length === 2);
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all(Array.from({ length: 10 }, () => tunnel.open('gateway')));
  const counts = accepted.map((connection) => connection.openStreams);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(4);
  expect(tunnel.state).toMatchObject({ kind: 'open', peer: { address: listener.address, commonName: '127.0.0.1' } });
  expect(accepted[0]?.peer.commonName).toBe('alice@acme.example');
});

test('an agent dials and receives the streams that the controller opens', async () => {
  const openers: (TunnelConnection & StreamOpener)[] = [];
  const listener = await start((socket) => openers.push(openOverTunnel(socket)));
  const seen: string[] = [];
  const tunnel = await dial(listener, {
    mode: {
      kind: 'reversed',
      accept: (target, stream) => {
        seen.push(target);
        stream.pipe(stream);
      },
    },
  });
  await tunnel.whenOpen();
  expect(await says(await openers[0]!.open('control'), 'hello')).toBe('hello');
  expect(seen).toEqual(['control']);
  await expect(tunnel.open('control')).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_REFUSED' });
});

// One user who aborts all the time, or whose pods do, would otherwise cut every other user of the cluster off.
test.each(['controller', 'agent'])(
  'streams that the %s breaks off, however many, do not cost them their connection',
  async (who) => {
    const openers: ReturnType<typeof openOverTunnel>[] = [];
    const closed: CloseReason[] = [];
    const listener = await start((socket) => {
      const opener = openOverTunnel(socket);
      opener.onClose((reason) => closed.push(reason));
      openers.push(opener);
    });
    const accept: StreamAcceptor = (_target, stream) => {
      if (who === 'agent') setImmediate(() => stream.destroy());
    };
    const tunnel = await dial(listener, { mode: { kind: 'reversed', accept }, connectionsPerPeer: 1 });
    await tunnel.whenOpen();
    for (let round = 0; round < 150 && closed.length === 0; round += 1) {
      const streams = await Promise.all(
        Array.from({ length: 100 }, () => openers[0]!.open('kubernetes').catch(() => undefined)),
      );
      if (who === 'controller') for (const stream of streams) stream?.destroy();
      await eventually(() => openers[0]!.openStreams === 0);
    }
    expect(closed).toEqual([]);
    (await openers[0]!.open('control')).destroy();
  },
  20_000,
);

test('a stream that the acceptor refuses tells the opener why', async () => {
  const listener = await start((socket) =>
    acceptTunnel(socket, () => {
      throw new PosternError('POSTERN_CLUSTER_OFFLINE', 'no agent of "dev" is connected', { hint: 'wait' });
    }),
  );
  const tunnel = await dial(listener);
  await tunnel.whenOpen();
  const error = await tunnel.open('gateway').catch((cause: unknown) => cause);
  expect(error).toMatchObject({
    code: 'POSTERN_TUNNEL_REFUSED',
    cause: { code: 'POSTERN_CLUSTER_OFFLINE', message: 'no agent of "dev" is connected', hint: 'wait' },
  });
  expect(tunnel.state.kind).toBe('open');
});

test('a client certificate of another authority is refused, and the tunnel says so', async () => {
  const listener = await start((socket) => acceptTunnel(socket, echo));
  const stranger = await (await createTestAuthority('Somebody else')).clientCertificate('mallory');
  const tunnel = await dial(listener, {
    credentials: () => ({ ...stranger, ca: listener.authority.ca }),
    random: () => 0.9,
  });
  const state = await until(tunnel, 'waiting');
  expect(state).toMatchObject({ lastError: { code: 'POSTERN_TUNNEL_REFUSED' } });
  await expect(tunnel.open('gateway')).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_UNAVAILABLE' });
});

test('a controller of another authority is not trusted', async () => {
  const listener = await start((socket) => acceptTunnel(socket, echo));
  const credentials = await listener.credentials();
  const { ca } = await createTestAuthority('Somebody else');
  const tunnel = await dial(listener, { credentials: () => ({ ...credentials, ca }), random: () => 0.9 });
  expect(await until(tunnel, 'waiting')).toMatchObject({ lastError: { code: 'POSTERN_CONTROLLER_UNTRUSTED' } });
});

test('a visitor who is turned away learns the reason, in either direction', async () => {
  const reason = new PosternError('POSTERN_SESSION_REVOKED', 'an administrator revoked alice@acme.example');
  const listener = await start((socket) => refuseTunnel(socket, reason));
  const forward = await dial(listener, { random: () => 0.9 });
  const reversed = await dial(listener, { mode: { kind: 'reversed', accept: echo }, random: () => 0.9 });
  for (const tunnel of [forward, reversed]) {
    const state = await until(tunnel, 'waiting');
    expect(state).toMatchObject({ lastError: { cause: { code: 'POSTERN_SESSION_REVOKED' } } });
    expect((state as { lastError: TunnelError }).lastError.message).toContain('revoked alice@acme.example');
  }
});

test('a connection destroyed for a reason ends its streams at once and tells the peer', async () => {
  const { accept, next } = streamQueue();
  const pair = await openTestPair(accept, { connectionsPerPeer: 1, random: () => 0.9 });
  cleanUps.push(() => pair[Symbol.asyncDispose]());
  const stream = await pair.tunnel.open('gateway');
  const broken = closing(stream);
  await next();
  const lost = until(pair.tunnel, 'waiting');
  pair.accepted[0]!.destroy(new PosternError('POSTERN_SESSION_REVOKED', 'revoked'));
  await broken;
  expect(await lost).toMatchObject({ lastError: { cause: { code: 'POSTERN_SESSION_REVOKED' } } });
});

test('a lost connection comes back by itself', async () => {
  const listener = await start((socket) => acceptTunnel(socket, echo));
  const tunnel = await dial(listener);
  await tunnel.whenOpen();
  const states: string[] = [];
  tunnel.onState((state) => states.push(state.kind));
  listener.cutAll();
  await until(tunnel, 'waiting');
  await tunnel.whenOpen(AbortSignal.timeout(5000));
  expect(await says(await tunnel.open('gateway'), 'again')).toBe('again');
  expect(states).toContain('connecting');
});

test('retries wait ever longer, with jitter, and a short life of a connection counts as a failure', async () => {
  const clock = manualClock();
  const free = await listen(net.createServer().unref() as net.Server);
  const seen: { kind: string; waitMs?: number }[] = [];
  const tunnel = new Tunnel({
    addresses: () => [`127.0.0.1:${free}`],
    credentials: () => undefined,
    mode: { kind: 'forward' },
    connectionsPerPeer: 1,
    clock,
    random: () => 0.5,
    environment: {},
    networkFingerprint: () => '',
  });
  cleanUps.push(() => tunnel.close());
  tunnel.onState((state) => {
    if (state.kind === 'waiting') seen.push({ kind: state.kind, waitMs: state.retryAt.getTime() - clock.now() });
  });
  for (let count = 1; count <= 9; count += 1) {
    await eventually(() => seen.length === count);
    clock.advance(seen[count - 1]!.waitMs!);
  }
  expect(seen.map(({ waitMs }) => waitMs)).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test('reconnectNow dials at once what waits', async () => {
  const listener = await start((socket) => acceptTunnel(socket, echo));
  const known = await listener.credentials();
  let credentials: TunnelCredentials | undefined;
  const tunnel = await dial(listener, { credentials: () => credentials, random: () => 0.999 });
  expect(await until(tunnel, 'waiting')).toMatchObject({ lastError: { hint: 'sign in first' } });
  credentials = known;
  tunnel.reconnectNow();
  await tunnel.whenOpen(AbortSignal.timeout(2000));
});

test('a peer that stops answering is given up, with its streams', async () => {
  // A middle that can go silent without closing, as a cut cable does.
  const silenced: (() => void)[] = [];
  const listener = await start((socket) => acceptTunnel(socket, echo));
  const middle = net.createServer((client) => {
    const upstream = net.connect(listener.port, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    silenced.push(() => {
      client.unpipe().pause();
      upstream.unpipe().pause();
    });
    cleanUps.push(() => client.destroy());
  });
  const port = await listen(middle);
  cleanUps.push(() => middle.close());
  const tunnel = await dial(listener, {
    addresses: () => [`127.0.0.1:${port}`],
    connectionsPerPeer: 1,
    keepalive: { intervalMs: 50, timeoutMs: 100 },
    random: () => 0.999,
  });
  await tunnel.whenOpen();
  const stream = await tunnel.open('gateway');
  const broken = closing(stream);
  for (const silence of silenced) silence();
  expect(await broken).toMatchObject({ code: 'POSTERN_TUNNEL_LOST' });
  const state = await until(tunnel, 'waiting');
  expect(state).toMatchObject({ lastError: { code: 'POSTERN_TUNNEL_LOST' } });
  expect((state as { lastError: TunnelError }).lastError.message).toMatch(/stopped answering/);
});

test('rotating moves to the renewed certificate while running streams run on', async () => {
  const accepted: TunnelConnection[] = [];
  const listener = await start((socket) => accepted.push(acceptTunnel(socket, echo)));
  let credentials = await listener.credentials('first');
  const tunnel = await dial(listener, { credentials: () => credentials, connectionsPerPeer: 1 });
  await tunnel.whenOpen();
  const running = await tunnel.open('gateway');
  credentials = await listener.credentials('second');
  await tunnel.rotate();
  expect(accepted.map(({ peer }) => peer.commonName)).toEqual(['first', 'second']);
  expect(await says(running, 'still here')).toBe('still here');
  await tunnel.open('gateway');
  expect(accepted[1]?.openStreams).toBe(1);
  expect(accepted[0]?.acceptsStreams).toBe(false);
  const former = new Promise((resolve) => accepted[0]!.onClose(resolve));
  running.end();
  running.resume();
  await former;
  expect(tunnel.state.kind).toBe('open');
});

test('a rotation that fails leaves the connection as it was', async () => {
  const listener = await start((socket) => acceptTunnel(socket, echo));
  const known = await listener.credentials();
  let credentials: TunnelCredentials | undefined = known;
  const tunnel = await dial(listener, { credentials: () => credentials });
  await tunnel.whenOpen();
  credentials = undefined;
  await expect(tunnel.rotate()).rejects.toBeInstanceOf(TunnelError);
  expect(await says(await tunnel.open('gateway'), 'still here')).toBe('still here');
});

test('tunnels are held to every address, to new ones at once and to former ones no longer', async () => {
  const counts = [0, 0];
  const authority = await createTestAuthority();
  const replicas = await Promise.all(
    [0, 1].map((index) =>
      start(
        (socket) => {
          counts[index]! += 1;
          acceptTunnel(socket, echo).onClose(() => {
            counts[index]! -= 1;
          });
        },
        { authority },
      ),
    ),
  );
  let addresses = [replicas[0]!.address];
  const tunnel = await dial(replicas[0]!, { addresses: () => addresses });
  await eventually(() => counts[0] === 2 && counts[1] === 0);
  addresses = replicas.map(({ address }) => address);
  tunnel.refresh();
  await eventually(() => counts[0] === 2 && counts[1] === 2);
  addresses = [replicas[1]!.address];
  tunnel.refresh();
  await eventually(() => counts[0] === 0 && counts[1] === 2);
  expect(tunnel.state).toMatchObject({ kind: 'open', peer: { address: replicas[1]!.address } });
});

test('an ordered close takes no new streams, lets running ones finish, then closes', async () => {
  const { accept, next } = streamQueue();
  const pair = await openTestPair(accept, { connectionsPerPeer: 1 });
  cleanUps.push(() => pair[Symbol.asyncDispose]());
  const stream = await pair.tunnel.open('gateway');
  const { stream: far } = await next();
  const closing = pair.tunnel.close({ drainMs: 5000 });
  await expect(pair.tunnel.open('gateway')).rejects.toMatchObject({ code: 'POSTERN_TUNNEL_CLOSED' });
  far.end('the last word');
  stream.end();
  far.resume();
  const heard: Buffer[] = [];
  for await (const chunk of stream) heard.push(chunk as Buffer);
  expect(Buffer.concat(heard).toString()).toBe('the last word');
  await closing;
  expect(pair.tunnel.state).toEqual({ kind: 'closed', reason: { kind: 'local' } });
});

test('an ordered close destroys what has not finished in time', async () => {
  const { accept, next } = streamQueue();
  const pair = await openTestPair(accept, { connectionsPerPeer: 1 });
  cleanUps.push(() => pair[Symbol.asyncDispose]());
  const stream = await pair.tunnel.open('gateway');
  stream.on('error', () => {});
  await next();
  await pair.tunnel.close({ drainMs: 20 });
  expect(stream.destroyed).toBe(true);
});

test('a peer that closes in order retires its connection, and the tunnel dials another', async () => {
  const pair = await openTestPair(echo, { connectionsPerPeer: 1 });
  cleanUps.push(() => pair[Symbol.asyncDispose]());
  const stream = await pair.tunnel.open('gateway');
  const retired = once(stream, 'retire');
  void pair.accepted[0]!.close({ drainMs: 5000 });
  await retired;
  expect(await says(stream, 'finishing')).toBe('finishing');
  stream.end();
  await eventually(() => pair.accepted.length === 2);
  await pair.tunnel.whenOpen(AbortSignal.timeout(5000));
  expect(await says(await pair.tunnel.open('gateway'), 'anew')).toBe('anew');
});

test('an aborted open leaves no stream behind', async () => {
  const pair = await openTestPair(echo, { connectionsPerPeer: 1 });
  cleanUps.push(() => pair[Symbol.asyncDispose]());
  const abort = new AbortController();
  const opening = pair.tunnel.open('gateway', { signal: abort.signal });
  abort.abort(new Error('changed my mind'));
  await expect(opening).rejects.toThrow('changed my mind');
  await eventually(() => pair.accepted[0]?.openStreams === 0);
});

test('whenOpen gives up with its signal', async () => {
  const listener = await start((socket) => acceptTunnel(socket, echo));
  const tunnel = await dial(listener, { credentials: () => undefined });
  const abort = new AbortController();
  const waiting = tunnel.whenOpen(abort.signal);
  abort.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
});
