import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/message-port';
import { afterEach, expect, test } from 'vitest';
import type { CoreClient } from './core-client.ts';
import { hostCore, type ParentPort } from './core-process.ts';
import { temporaryHome } from './testing-home.ts';
import type { CoreProcessEvent, CoreProcessRequest, MessagePortLike } from './types.ts';

afterEach(() => {
  delete process.env.POSTERN_HOME;
});

test('the shell starts it, hands it windows, and ends it', async () => {
  await using home = await temporaryHome();
  process.env.POSTERN_HOME = home.folder.home;
  const shell = fakeShell();
  const exited = new Promise<number>((resolve) => hostCore(shell.port, resolve));
  const { port1, port2 } = new MessageChannel();
  // Both at once: the window's questions wait for the core.
  shell.send({ kind: 'start' });
  shell.send({ kind: 'window' }, [port2 as unknown as MessagePortLike]);
  const client: CoreClient = createORPCClient(new RPCLink({ port: port1 }));
  port1.start();
  expect(await client.state.get()).toMatchObject({ identity: { kind: 'signed-out' } });
  expect(await shell.next()).toMatchObject({ kind: 'ready', signedIn: false, kubeconfig: home.folder.kubeconfig });
  const states = await client.state.watch();
  expect((await states.next()).value).toMatchObject({ kind: 'snapshot' });
  shell.send({ kind: 'network-changed' });
  shell.send({ kind: 'stop' });
  expect(await shell.next()).toEqual({ kind: 'stopped' });
  expect(await exited).toBe(0);
  port1.close();
});

test('a window that sends what is no message is cut off, and the core goes on', async () => {
  await using home = await temporaryHome();
  process.env.POSTERN_HOME = home.folder.home;
  const shell = fakeShell();
  const exited = new Promise<number>((resolve) => hostCore(shell.port, resolve));
  const { port1, port2 } = new MessageChannel();
  shell.send({ kind: 'start' });
  shell.send({ kind: 'window' }, [port2 as unknown as MessagePortLike]);
  expect(await shell.next()).toMatchObject({ kind: 'ready' });
  port1.postMessage({ i: 1 });
  await once(port1, 'close');
  shell.send({ kind: 'stop' });
  expect(await shell.next()).toEqual({ kind: 'stopped' });
  expect(await exited).toBe(0);
});

test('a start that fails tells the shell why', async () => {
  await using home = await temporaryHome();
  process.env.POSTERN_HOME = home.folder.home;
  const shell = fakeShell();
  const exited = new Promise<number>((resolve) => hostCore(shell.port, resolve));
  shell.send({ kind: 'start', controllerUrl: 'not a url' });
  expect(await shell.next()).toMatchObject({ kind: 'failed', error: { code: 'POSTERN_CONTROLLER_URL_INVALID' } });
  expect(await exited).toBe(1);
});

function fakeShell() {
  const { port1, port2 } = new MessageChannel();
  let deliver: (message: { data: unknown; ports: MessagePortLike[] }) => void = () => undefined;
  const port: ParentPort = {
    on: (_, listener) => {
      deliver = listener;
    },
    postMessage: (message) => port1.postMessage(message),
  };
  const events: CoreProcessEvent[] = [];
  port2.on('message', (event: CoreProcessEvent) => events.push(event));
  return {
    port,
    send: (data: CoreProcessRequest, ports: MessagePortLike[] = []) => deliver({ data, ports }),
    async next(): Promise<CoreProcessEvent> {
      while (events.length === 0) await once(port2, 'message');
      const event = events.shift();
      if (events.length === 0 && event?.kind !== 'ready') port2.close();
      return event!;
    },
  };
}
