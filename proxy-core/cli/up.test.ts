import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startTestController } from '../core/testing-controller.ts';
import { temporaryHome } from '../core/testing-home.ts';
import { postern } from './testing-cli.ts';

test('up prints one line when it is ready, serves until it is interrupted, and leaves no core behind', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const aborter = new AbortController();
  const printed: string[] = [];
  const ready = Promise.withResolvers<void>();
  const running = postern(home.folder, ['up', '--controller', controller.url, '-o', 'json'], {
    interrupted: aborter.signal,
    onOut(text) {
      printed.push(text);
      ready.resolve();
    },
  });
  await ready.promise;
  expect(JSON.parse(printed[0] ?? '')).toEqual({
    ready: true,
    kubeconfig: home.folder.kubeconfig,
    proxy: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    signedIn: false,
  });
  expect(JSON.parse((await postern(home.folder, ['status', '-o', 'json'])).out)).toMatchObject({ running: true });
  aborter.abort();
  expect((await running).exitCode).toBe(0);
  expect(printed).toHaveLength(1);
  expect(existsSync(home.folder.core)).toBe(false);
});

test('a controller that was reached before need not be given again, and may be away', async () => {
  await using home = await temporaryHome();
  const aborter = new AbortController();
  {
    await using controller = await startTestController();
    const running = postern(home.folder, ['up', '--controller', controller.url], {
      interrupted: aborter.signal,
      onOut: () => aborter.abort(),
    });
    expect((await running).out).toContain('Postern is up');
  }
  const again = new AbortController();
  const running = await postern(home.folder, ['up', '-o', 'json'], {
    interrupted: again.signal,
    onOut: () => again.abort(),
  });
  expect(running.exitCode).toBe(0);
  expect(JSON.parse(running.out)).toMatchObject({ ready: true, signedIn: false });
});

test.each([
  { args: ['--controller', 'https://127.0.0.1:9'], code: 'POSTERN_CONTROLLER_UNREACHABLE', exitCode: 1 },
  { args: ['--controller', 'ftp://x'], code: 'POSTERN_CONTROLLER_URL_INVALID', exitCode: 1 },
  { args: [], code: 'POSTERN_USAGE', exitCode: 2 },
])('up $args ends with $code', async ({ args, code, exitCode }) => {
  await using home = await temporaryHome();
  const outcome = await postern(home.folder, ['up', ...args, '-o', 'json']);
  expect(outcome.exitCode).toBe(exitCode);
  expect(JSON.parse(outcome.out)).toMatchObject({ error: { code } });
  expect(existsSync(home.folder.core)).toBe(false);
});

test.each(['up', 'ui'])(
  '%s that still waits for a controller ends at once when it is interrupted',
  async (command) => {
    await using home = await temporaryHome();
    const silent = createServer();
    const asked = once(silent, 'connection');
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const aborter = new AbortController();
    const running = postern(home.folder, [command, '--controller', `https://127.0.0.1:${port}`, '-o', 'json'], {
      interrupted: aborter.signal,
    });
    const [socket] = (await asked) as [Socket];
    socket.on('error', () => undefined);
    const before = performance.now();
    aborter.abort('SIGINT');
    expect(await running).toEqual({ exitCode: 0, out: '', err: '' });
    expect(performance.now() - before).toBeLessThan(3_000);
    expect(existsSync(home.folder.core)).toBe(false);
    socket.destroy();
    silent.close();
  },
  20_000,
);

test('settings that were damaged are why no controller is known, and up says so', async () => {
  await using home = await temporaryHome();
  await mkdir(home.folder.home, { recursive: true });
  await writeFile(home.folder.settings, '{"controllerUrl": ');
  const { exitCode, err } = await postern(home.folder, ['up']);
  expect(exitCode).toBe(2);
  expect(err).toMatch(/warning: .*settings\.json.*error: No controller is known/s);
});

test('alone and without a keychain, login refuses before anything is asked of the person', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const hadBus = process.env.DBUS_SESSION_BUS_ADDRESS;
  process.env.DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nowhere';
  try {
    const outcome = await postern(home.folder, ['login', '--no-browser', '--controller', controller.url, '-o', 'json']);
    expect(outcome.exitCode).toBe(1);
    expect(JSON.parse(outcome.out)).toMatchObject({ error: { code: 'POSTERN_NO_KEYCHAIN' } });
  } finally {
    if (hadBus === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
    else process.env.DBUS_SESSION_BUS_ADDRESS = hadBus;
  }
});
