// @vitest-environment node
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { afterEach, expect, it } from 'vitest';
import { appContract } from '../../proxy-core/contract/app.ts';
import type { BridgeConnection } from './bridge.ts';
import { connectMessagePort, portMessage, wantPortMessage } from './connect-message-port.ts';
import { fakeState } from './fake/fake-state.ts';

const origin = 'app://postern';

/** As much of a window as the bridge uses. */
class Host extends EventTarget {
  readonly location = { origin };
  readonly posted: unknown[] = [];

  postMessage(data: unknown, target: string): void {
    if (target === origin) this.posted.push(data);
  }

  receive(message: { data: unknown; origin: string; source: unknown; ports: MessagePort[] }): void {
    this.dispatchEvent(Object.assign(new Event('message'), message));
  }
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

function corePort(version: string): { port: MessagePort; end: () => void } {
  const { port1, port2 } = new MessageChannel();
  const core = implement(appContract);
  const state = { ...fakeState('signed-in', new Date()), version };
  const router = { state: { get: core.state.get.handler(() => state) } };
  new RPCHandler(router as never).upgrade(port2);
  port2.start();
  cleanups.push(() => port2.close());
  return { port: port1, end: () => port2.close() };
}

function connect(): { host: Host; connection: BridgeConnection } {
  const host = new Host();
  const connection = connectMessagePort(host as unknown as Window);
  cleanups.push(() => connection.close());
  return { host, connection };
}

const handOver = (host: Host, port: MessagePort, changes = {}) =>
  host.receive({ data: { type: portMessage }, origin, source: host, ports: [port], ...changes });

it('asks for a port and speaks over the one it gets', async () => {
  const { host, connection } = connect();
  expect(host.posted).toEqual([{ type: wantPortMessage }]);
  handOver(host, corePort('1.0.0').port);
  expect(connection.link.kind).toBe('open');
  expect((await connection.bridge.state.get()).version).toBe('1.0.0');
});

it('takes no port from another origin or another window', () => {
  const { host, connection } = connect();
  handOver(host, corePort('0.0.1').port, { origin: 'https://attacker.example' });
  handOver(host, corePort('0.0.2').port, { source: {} });
  handOver(host, corePort('0.0.3').port, { data: portMessage });
  expect(connection.link.kind).toBe('connecting');
});

it('asks again when the core goes away, and goes on with the next port', async () => {
  const { host, connection } = connect();
  const first = corePort('1.0.0');
  handOver(host, first.port);
  const lost = new Promise<void>((resolve) => {
    connection.onLink(() => connection.link.kind === 'lost' && resolve());
  });
  first.end();
  await lost;
  expect(host.posted).toHaveLength(2);
  await expect(connection.bridge.state.get()).rejects.toMatchObject({ code: 'POSTERN_CORE_NOT_RUNNING' });
  handOver(host, corePort('2.0.0').port);
  expect((await connection.bridge.state.get()).version).toBe('2.0.0');
});
