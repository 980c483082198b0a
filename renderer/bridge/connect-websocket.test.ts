// @vitest-environment node
import { implement, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { appContract } from '../../proxy-core/contract/app.ts';
import { PosternError, toWireError } from '../../proxy-core/contract/errors.ts';
import type { BridgeConnection } from './bridge.ts';
import { connectWebSocket } from './connect-websocket.ts';
import { fakeState } from './fake/fake-state.ts';

const core = implement(appContract);
const state = fakeState('signed-in', new Date());
const failure = () => {
  const wire = toWireError(
    new PosternError('POSTERN_REASON_REQUIRED', 'The grant asks for a reason', { hint: 'give one' }),
  );
  return new ORPCError(wire.code, { status: 500, message: wire.message, data: wire });
};

const router = {
  state: {
    get: core.state.get.handler(() => state),
    watch: core.state.watch.handler(async function* () {
      yield { kind: 'snapshot' as const, state };
      throw failure();
    }),
  },
  clusters: {
    connect: core.clusters.connect.handler(() => {
      throw failure();
    }),
  },
  settings: {
    set: core.settings.set.handler(() => ({ ...state.settings, terminalFontSize: 400 })),
  },
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(port = 0): Promise<{ port: number; close: () => Promise<void> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port, path: '/rpc' });
  const handler = new RPCHandler(router as never);
  server.on('connection', (socket) => void handler.upgrade(socket));
  await new Promise((resolve) => server.once('listening', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      for (const client of server.clients) client.terminate();
      server.close(() => resolve());
    });
  cleanups.push(() => void close());
  return { port: (server.address() as { port: number }).port, close };
}

function connect(port: number): BridgeConnection {
  const connection = connectWebSocket({ url: `ws://127.0.0.1:${port}/rpc`, random: () => 0 });
  cleanups.push(() => connection.close());
  return connection;
}

async function until(connection: BridgeConnection, kind: BridgeConnection['link']['kind']): Promise<void> {
  await new Promise<void>((resolve) => {
    const check = () => connection.link.kind === kind && resolve();
    cleanups.push(connection.onLink(check));
    check();
  });
}

it('answers a call once the link is open', async () => {
  const connection = connect((await listen()).port);
  await until(connection, 'open');
  expect((await connection.bridge.state.get()).organisation?.name).toBe('acme');
});

it('rebuilds an error of the core with its code and hint', async () => {
  const connection = connect((await listen()).port);
  await until(connection, 'open');
  const error = await connection.bridge.clusters.connect({ cluster: 'prod' }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(PosternError);
  expect(error).toMatchObject({
    code: 'POSTERN_REASON_REQUIRED',
    message: 'The grant asks for a reason',
    hint: 'give one',
  });
});

it('rebuilds an error in the middle of an event iterator', async () => {
  const connection = connect((await listen()).port);
  await until(connection, 'open');
  const events = await connection.bridge.state.watch();
  expect((await events.next()).value).toMatchObject({ kind: 'snapshot' });
  await expect(events.next()).rejects.toMatchObject({ code: 'POSTERN_REASON_REQUIRED' });
});

it('does not send what the contract forbids, and names the field', async () => {
  const connection = connect((await listen()).port);
  await until(connection, 'open');
  await expect(connection.bridge.clusters.connect({ cluster: 'Not A Name' })).rejects.toMatchObject({
    code: 'POSTERN_INPUT_INVALID',
    message: expect.stringContaining('cluster: must be lower-case'),
  });
});

it('does not hand on what the contract forbids the core to answer', async () => {
  const connection = connect((await listen()).port);
  await until(connection, 'open');
  await expect(connection.bridge.settings.set({})).rejects.toMatchObject({ code: 'POSTERN_INTERNAL' });
});

it('fails calls at once while the core is away, and joins again when it is back', async () => {
  const first = await listen();
  const connection = connect(first.port);
  await until(connection, 'open');
  await first.close();
  await until(connection, 'lost');
  expect(connection.link).toMatchObject({ everOpen: true, retryAt: expect.any(Date) });
  await expect(connection.bridge.state.get()).rejects.toMatchObject({ code: 'POSTERN_CORE_NOT_RUNNING' });
  await listen(first.port);
  await until(connection, 'open');
  expect((await connection.bridge.state.get()).version).toBe('0.1.0');
});

it('ends an event iterator when the link is lost', async () => {
  const server = await listen();
  const connection = connect(server.port);
  await until(connection, 'open');
  const events = await connection.bridge.state.watch();
  await events.next();
  await server.close();
  await expect(events.next()).rejects.toBeInstanceOf(PosternError);
});
