import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PosternError } from '../contract/errors.ts';
import { memorySecretStore, type SecretStore } from '../identity/index.ts';
import type { StateFolder } from '../state-folder/index.ts';
import { connectToCore } from './core-client.ts';
import { startCore } from './start-core.ts';
import { alice, startTestController, type TestController, testCluster } from './testing-controller.ts';
import { silent, temporaryHome } from './testing-home.ts';
import type { Core } from './types.ts';

interface Running extends AsyncDisposable {
  core: Core;
  client: Awaited<ReturnType<typeof connectToCore>>['client'];
  until(condition: (core: Core) => boolean): Promise<void>;
}

async function run(
  folder: StateFolder,
  options: { controllerUrl?: string; secretStore?: SecretStore } = {},
): Promise<Running> {
  const core = await startCore({ folder, logger: silent, secretStore: memorySecretStore(), ...options });
  const { client, close } = await connectToCore(folder.core);
  return {
    core,
    client,
    async until(condition) {
      for await (const _ of await client.state.watch()) if (condition(core)) return;
    },
    async [Symbol.asyncDispose]() {
      close();
      await core.close();
    },
  };
}

async function signedIn(folder: StateFolder, controller: TestController): Promise<Running> {
  const running = await run(folder, { controllerUrl: controller.url, secretStore: await controller.signedInStore() });
  await running.until(({ state }) => state.kubeconfig.contexts.length > 0 && state.clusters[0]?.status === 'online');
  return running;
}

async function contextsOf(path: string): Promise<string[]> {
  const file = parse(await readFile(path, 'utf8')) as { contexts?: { name: string }[] | null };
  return (file.contexts ?? []).map(({ name }) => name);
}

test('comes up signed out, reachable by the command line only through its private file', async () => {
  await using home = await temporaryHome();
  await using running = await run(home.folder);
  const state = await running.client.state.get();
  expect(state).toMatchObject({ organisation: null, identity: { kind: 'signed-out' }, clusters: [] });
  expect((await stat(home.folder.core)).mode & 0o777).toBe(0o600);
  await running.core.close();
  expect(existsSync(home.folder.core)).toBe(false);
});

test('takes up a former sign-in silently and writes the contexts that the controller pushes', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  expect(running.core.state.identity).toMatchObject({ kind: 'signed-in', user: alice });
  expect(await contextsOf(home.folder.kubeconfig)).toEqual(['acme/dev', 'acme/dev+editor']);

  controller.push({ kind: 'clusters', clusters: [testCluster('dev'), testCluster('prod')] });
  await running.until(({ state }) => state.kubeconfig.contexts.includes('acme/prod'));
  expect(await contextsOf(home.folder.kubeconfig)).toEqual(['acme/dev', 'acme/prod']);

  controller.push({ kind: 'clusters', clusters: [] });
  await running.until(({ state }) => state.kubeconfig.contexts.length === 0);
  expect(await contextsOf(home.folder.kubeconfig)).toEqual([]);
});

test('a request through the local proxy reaches the gateway inside the tunnel', async () => {
  await using home = await temporaryHome();
  const seen: string[] = [];
  await using controller = await startTestController({
    gateway: (incoming, response) => {
      seen.push(incoming.url ?? '');
      response.setHeader('content-type', 'application/json').end('{"kind":"NamespaceList"}');
    },
  });
  await using running = await signedIn(home.folder, controller);
  const answer = await getThroughProxy(home.folder, 'acme/dev', '/api/v1/namespaces');
  expect(answer).toMatchObject({ status: 200, body: { kind: 'NamespaceList' } });
  expect(seen).toEqual(['/clusters/dev/roles/viewer/api/v1/namespaces']);
  expect(running.core.state.proxy?.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
});

test('connect opens a session at the controller and says how to use it; disconnect ends it', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  const opened = await running.client.clusters.connect({ cluster: 'dev', role: 'editor', reason: 'INC-1' });
  expect(opened).toMatchObject({
    context: 'acme/dev+editor',
    kubeconfig: home.folder.kubeconfig,
    command: `kubectl --kubeconfig ${home.folder.kubeconfig} --context acme/dev+editor get pods`,
  });
  expect(controller.calls).toContain('sessions.open dev/editor INC-1');
  await running.until(({ state }) => state.clusters[0]?.roles[1]?.sessionId === opened.sessionId);
  expect(await running.client.sessions.list({ active: true })).toMatchObject({ sessions: [{ id: opened.sessionId }] });
  expect(await running.client.clusters.disconnect({ cluster: 'dev' })).toEqual({ endedSessions: 1 });
  await running.until(({ state }) => state.clusters[0]?.roles[1]?.sessionId === null);
});

test('a cluster or role without a grant is refused before the controller is asked', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  await expect(running.client.clusters.connect({ cluster: 'prod' })).rejects.toMatchObject({
    code: 'POSTERN_CLUSTER_UNKNOWN',
  });
  await expect(running.client.clusters.connect({ cluster: 'dev', role: 'admin' })).rejects.toMatchObject({
    code: 'POSTERN_CLUSTER_UNKNOWN',
    hint: 'you hold: viewer, editor',
  });
});

test('what the controller refuses keeps its code, message and hint on the way through', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  const refused = running.client.admin.revoke({ kind: 'user', name: 'bob@acme.example' });
  await expect(refused).rejects.toBeInstanceOf(PosternError);
  await expect(refused).rejects.toMatchObject({
    code: 'POSTERN_FORBIDDEN',
    message: 'not in this test',
    hint: 'ask somebody else',
  });
});

test('input that the contract does not allow is named by its field', async () => {
  await using home = await temporaryHome();
  await using running = await run(home.folder);
  await expect(running.client.settings.set({ terminalFontSize: 400 })).rejects.toMatchObject({
    code: 'POSTERN_INPUT_INVALID',
    message: expect.stringContaining('terminalFontSize'),
  });
});

test('sign-out tells the controller, forgets the keychain entry, empties the kubeconfig and voids its token', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const secretStore = await controller.signedInStore();
  await using running = await run(home.folder, { controllerUrl: controller.url, secretStore });
  await running.until(({ state }) => state.kubeconfig.contexts.length > 0);
  const kubeconfigBefore = await readFile(home.folder.kubeconfig, 'utf8');
  await running.client.identity.signOut();
  expect(controller.calls).toContain('signOut');
  expect(await secretStore.read('device')).toBeUndefined();
  expect(await contextsOf(home.folder.kubeconfig)).toEqual([]);
  expect(running.core.state).toMatchObject({ identity: { kind: 'signed-out', problem: null }, clusters: [] });
  await writeFile(home.folder.kubeconfig, kubeconfigBefore);
  expect(await getThroughProxy(home.folder, 'acme/dev', '/api')).toMatchObject({ status: 401 });
});

test('sign-out forgets the clusters also where the keychain cannot forget', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const secretStore: SecretStore = {
    ...(await controller.signedInStore()),
    remove: () => Promise.reject(new Error('the keychain is locked')),
  };
  await using running = await run(home.folder, { controllerUrl: controller.url, secretStore });
  await running.until(({ state }) => state.clusters[0]?.status === 'online');
  await expect(running.client.identity.signOut()).rejects.toThrow('the keychain is locked');
  expect(existsSync(join(home.folder.home, 'entitlements.json'))).toBe(false);
  expect(await contextsOf(home.folder.kubeconfig)).toEqual([]);
});

test('sign-out does not wait for a former sign-in whose renewal hangs', async () => {
  await using home = await temporaryHome();
  await using provider = await startSilentServer();
  await using controller = await startTestController({ issuer: provider.url });
  const secretStore = await controller.signedInStore({ expiresInMs: -500 });
  await secretStore.write('refresh-token', 'token');
  await using running = await run(home.folder, { controllerUrl: controller.url, secretStore });
  const begun = performance.now();
  await running.client.identity.signOut();
  expect(performance.now() - begun).toBeLessThan(8_000);
  expect(await secretStore.read('refresh-token')).toBeUndefined();
}, 20_000);

test('revocation signs out with the reason, and a tool is told it too', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const secretStore = await controller.signedInStore();
  await using running = await run(home.folder, { controllerUrl: controller.url, secretStore });
  await running.until(({ state }) => state.kubeconfig.contexts.length > 0);
  controller.push({ kind: 'revoked', message: 'alice@acme.example was revoked by root' });
  await running.until(({ state }) => state.identity.kind === 'signed-out');
  expect(running.core.state.identity).toMatchObject({
    problem: { code: 'POSTERN_SESSION_REVOKED', message: 'alice@acme.example was revoked by root' },
  });
  expect(await secretStore.read('device')).toBeUndefined();
  expect(running.core.state.connection.kind).toBe('idle');
  expect(await getThroughProxy(home.folder, 'acme/dev', '/api')).toMatchObject({
    status: 403,
    body: { kind: 'Status', message: expect.stringContaining('revoked') },
  });
});

test('a revocation that comes as the end of the tunnel counts as well', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  controller.refuse(new PosternError('POSTERN_SESSION_REVOKED', 'the device was revoked'));
  await running.until(({ state }) => state.identity.kind === 'signed-out');
  expect(running.core.state.identity).toMatchObject({ problem: { code: 'POSTERN_SESSION_REVOKED' } });
});

test('a sign-in that the controller has already signed out is none, and the next can begin', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const secretStore = await controller.signedInStore();
  await using running = await run(home.folder, { controllerUrl: controller.url, secretStore });
  await running.until(({ state }) => state.connection.kind === 'open');
  controller.refuse(new PosternError('POSTERN_SIGNED_OUT', 'this device was signed out'));
  await running.until(({ state }) => state.identity.kind === 'signed-out');
  expect(running.core.state.identity).toMatchObject({
    problem: { code: 'POSTERN_SIGNED_OUT', message: 'this device was signed out', hint: 'sign in again' },
  });
  await expect.poll(() => secretStore.read('device')).toBeUndefined();
});

test('who revokes themselves gets the answer, and is signed out', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  expect(await running.client.admin.revoke({ kind: 'user', name: alice.name })).toEqual({
    endedSessions: 1,
    isKnown: true,
  });
  expect(running.core.state.identity).toMatchObject({ problem: { code: 'POSTERN_SESSION_REVOKED' } });
});

test('a broken tunnel comes back, and what changed meanwhile arrives with the next snapshot', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  controller.cutAll();
  await running.until(({ state }) => state.clusters[0]?.status === 'offline');
  controller.push({
    kind: 'snapshot',
    user: alice,
    clusters: [testCluster('staging')],
    sessions: [],
    replicas: [],
  });
  await running.until(({ state }) => state.kubeconfig.contexts.includes('acme/staging'));
  expect(await contextsOf(home.folder.kubeconfig)).toEqual(['acme/staging']);
});

test('offline, a controller that was reached before still comes up, with the contexts of last time', async () => {
  await using home = await temporaryHome();
  let secretStore: SecretStore;
  let url: string;
  {
    await using controller = await startTestController();
    url = controller.url;
    secretStore = await controller.signedInStore();
    await using running = await run(home.folder, { controllerUrl: url, secretStore });
    await running.until(({ state }) => state.kubeconfig.contexts.length > 0);
  }
  await using running = await run(home.folder, { controllerUrl: url, secretStore });
  expect(running.core.state.identity.kind).toBe('signed-in');
  await running.until(({ state }) => state.kubeconfig.contexts.length > 0);
  expect(running.core.state.clusters).toMatchObject([{ name: 'dev', status: 'offline' }]);
  expect(await contextsOf(home.folder.kubeconfig)).toEqual(['acme/dev', 'acme/dev+editor']);
});

test('a controller that was never reached is an error that leaves nothing running', async () => {
  await using home = await temporaryHome();
  await expect(run(home.folder, { controllerUrl: 'https://127.0.0.1:9' })).rejects.toMatchObject({
    code: 'POSTERN_CONTROLLER_UNREACHABLE',
  });
  expect(existsSync(home.folder.core)).toBe(false);
  await expect(run(home.folder, { controllerUrl: 'nonsense' })).rejects.toMatchObject({
    code: 'POSTERN_CONTROLLER_URL_INVALID',
  });
});

test('an end does not wait for a keychain that takes a secret and never answers, as while it asks its owner', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const secretStore = await controller.signedInStore();
  const asking = Promise.withResolvers<void>();
  const write = (): Promise<void> => {
    asking.resolve();
    return new Promise(() => {});
  };
  await using running = await run(home.folder, {
    controllerUrl: controller.url,
    secretStore: { kind: 'keychain', read: secretStore.read, remove: secretStore.remove, write },
  });
  await asking.promise;
  await running.core.close();
  expect(existsSync(home.folder.core)).toBe(false);
});

test('a start that waits for a keychain can be given up, and leaves nothing running', async () => {
  await using home = await temporaryHome();
  const aborter = new AbortController();
  const asked = Promise.withResolvers<void>();
  const secretStore: SecretStore = {
    ...memorySecretStore(),
    read: () => {
      asked.resolve();
      return new Promise(() => undefined);
    },
  };
  const starting = startCore({ folder: home.folder, logger: silent, secretStore, signal: aborter.signal });
  await asked.promise;
  aborter.abort('SIGINT');
  await expect(starting).rejects.toBe('SIGINT');
  expect(existsSync(home.folder.core)).toBe(false);
});

test('a second core on the same folder is refused', async () => {
  await using home = await temporaryHome();
  await using _running = await run(home.folder);
  await expect(
    startCore({ folder: home.folder, logger: silent, secretStore: memorySecretStore() }),
  ).rejects.toMatchObject({
    code: 'POSTERN_CORE_RUNNING',
  });
});

test('merging is remembered, and undone without a trace', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  const merged = await running.client.kubeconfig.write({ merge: true });
  expect(merged.mergedInto).toBe(home.folder.kubectlConfig);
  expect(await contextsOf(home.folder.kubectlConfig)).toContain('acme/dev');
  expect((await running.client.state.get()).settings.mergeKubeconfig).toBe(true);
  const undone = await running.client.kubeconfig.write({ merge: false });
  expect(undone.mergedInto).toBeNull();
  expect(await contextsOf(home.folder.kubectlConfig)).toEqual([]);
});

test('where KUBECONFIG names another file at the next start, the former one keeps none of our entries', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  {
    await using running = await signedIn(home.folder, controller);
    await running.client.kubeconfig.write({ merge: true });
  }
  expect(await contextsOf(home.folder.kubectlConfig)).toContain('acme/dev');
  const other = join(home.folder.home, 'other-config');
  {
    await using running = await signedIn({ ...home.folder, kubectlConfig: other }, controller);
    await expect.poll(() => running.core.state.kubeconfig.mergedInto).toBe(other);
  }
  expect(await contextsOf(home.folder.kubectlConfig)).toEqual([]);
  expect(await contextsOf(other)).toContain('acme/dev');
});

test('a merge that was undone as Postern was killed is undone at the next start', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  {
    await using running = await signedIn(home.folder, controller);
    await running.client.kubeconfig.write({ merge: true });
  }
  const settings = JSON.parse(await readFile(home.folder.settings, 'utf8'));
  await writeFile(home.folder.settings, JSON.stringify({ ...settings, mergeKubeconfig: false }));
  await using _running = await signedIn(home.folder, controller);
  await expect.poll(() => contextsOf(home.folder.kubectlConfig)).toEqual([]);
});

test("an unreadable kubectl file is left alone, and the failure is the caller's and a warning's", async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  await writeFile(home.folder.kubectlConfig, 'clusters: [unfinished');
  await expect(running.client.kubeconfig.write({ merge: true })).rejects.toMatchObject({
    code: 'POSTERN_KUBECONFIG_UNREADABLE',
  });
  expect(await readFile(home.folder.kubectlConfig, 'utf8')).toBe('clusters: [unfinished');
  expect(running.core.state.warnings).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ code: 'POSTERN_KUBECONFIG_UNREADABLE' })]),
  );
  expect(await contextsOf(home.folder.kubeconfig)).toContain('acme/dev');
});

test('a terminal starts in its context with a token of its own, which ends with it', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  const { id } = await running.client.terminals.open({ context: 'acme/dev', columns: 80, rows: 24 });
  const path = join(home.folder.terminals, id, 'kubeconfig');
  const own = parse(await readFile(path, 'utf8'));
  expect(own['current-context']).toBe('acme/dev');
  expect(own.users[0].user.token).not.toBe(parse(await readFile(home.folder.kubeconfig, 'utf8')).users[0].user.token);
  expect((await running.client.state.get()).terminals).toMatchObject([{ id, context: 'acme/dev', exitCode: null }]);
  let seen = '';
  await running.client.terminals.write({ id, data: 'echo he"llo"; exit 3\n' });
  let exitCode: number | undefined;
  for await (const event of await running.client.terminals.attach({ id })) {
    if (event.kind === 'output') seen += event.data;
    else exitCode = event.exitCode;
  }
  expect(seen).toContain('hello');
  expect(exitCode).toBe(3);
  await running.client.terminals.close({ id });
  await expect(running.client.terminals.open({ context: 'acme/none', columns: 80, rows: 24 })).rejects.toMatchObject({
    code: 'POSTERN_CLUSTER_UNKNOWN',
  });
});

test('a terminal’s tab is there after a restart, and its shell starts in the context when it is looked at', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const secretStore = await controller.signedInStore();
  let id: string;
  {
    await using running = await run(home.folder, { controllerUrl: controller.url, secretStore });
    await running.until(({ state }) => state.kubeconfig.contexts.length > 0);
    ({ id } = await running.client.terminals.open({ context: 'acme/dev', columns: 80, rows: 24 }));
  }
  await using running = await run(home.folder, { controllerUrl: controller.url, secretStore });
  expect(running.core.state.terminals).toMatchObject([{ id, context: 'acme/dev', exitCode: null }]);
  await running.until(({ state }) => state.kubeconfig.contexts.length > 0);
  const output = await running.client.terminals.attach({ id });
  expect((await output.next()).value).toMatchObject({ kind: 'output', data: expect.stringContaining('restarted') });
  const own = parse(await readFile(join(home.folder.terminals, id, 'kubeconfig'), 'utf8'));
  expect(own['current-context']).toBe('acme/dev');
  await running.client.terminals.close({ id });
});

test('a restart with the same sign-in keeps the kubeconfig’s token, and no file of the state folder holds it', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  const secretStore = await controller.signedInStore();
  const tokenAfterStart = async (store: SecretStore): Promise<string> => {
    await using running = await run(home.folder, { controllerUrl: controller.url, secretStore: store });
    await running.until(({ state }) => state.kubeconfig.contexts.length > 0);
    return parse(await readFile(home.folder.kubeconfig, 'utf8')).users[0].user.token.split('.')[0];
  };
  const first = await tokenAfterStart(secretStore);
  expect(await tokenAfterStart(secretStore)).toBe(first);
  for (const name of await readdir(home.folder.home, { recursive: true })) {
    const path = join(home.folder.home, name);
    if (path === home.folder.kubeconfig || !(await stat(path)).isFile()) continue;
    expect((await readFile(path)).includes(first), name).toBe(false);
  }
  const signedInAnew = await controller.signedInStore();
  await signedInAnew.write('kubeconfig-token', (await secretStore.read('kubeconfig-token')) ?? '');
  expect(await tokenAfterStart(signedInAnew)).not.toBe(first);
});

test('a session that the controller knows no more ends in the log too', async () => {
  await using home = await temporaryHome();
  await using controller = await startTestController();
  await using running = await signedIn(home.folder, controller);
  await running.client.clusters.connect({ cluster: 'dev' });
  await running.until(({ state }) => state.clusters[0]?.roles[0]?.sessionId !== null);
  const events = await running.client.sessions.watch();
  expect((await events.next()).value).toMatchObject({ kind: 'session', session: { endedAt: null } });
  controller.push({ kind: 'snapshot', user: alice, clusters: [testCluster('dev')], sessions: [], replicas: [] });
  expect((await events.next()).value).toMatchObject({ kind: 'session', session: { endedAt: expect.any(String) } });
  await events.return();
  expect((await running.client.sessions.list({ active: true })).sessions).toEqual([]);
});

test('stop ends the core after its answer', async () => {
  await using home = await temporaryHome();
  const running = await run(home.folder);
  expect(await running.client.host.stop()).toEqual({});
  await running.core.stopped;
  await expect(connectToCore(home.folder.core)).rejects.toMatchObject({ code: 'POSTERN_CORE_NOT_RUNNING' });
});

/** Takes connections, and never says anything on them. */
async function startSilentServer(): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** As kubectl does: server, CA and token from the kubeconfig's context. */
async function getThroughProxy(
  folder: StateFolder,
  context: string,
  path: string,
): Promise<{ status: number; body: unknown }> {
  const file = parse(await readFile(folder.kubeconfig, 'utf8'));
  const named = <Entry extends { name: string }>(entries: Entry[], name: string): Entry =>
    entries.find((entry) => entry.name === name)!;
  const { cluster, user } = named<{ name: string; context: { cluster: string; user: string } }>(
    file.contexts,
    context,
  ).context;
  const server = named<{ name: string; cluster: Record<string, string> }>(file.clusters, cluster).cluster;
  const { token } = named<{ name: string; user: { token: string } }>(file.users, user).user;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${server.server}${path}`,
      {
        ca: Buffer.from(server['certificate-authority-data'] ?? '', 'base64'),
        headers: { authorization: `Bearer ${token}` },
        agent: false,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
      },
    );
    outgoing.on('error', reject).end();
  });
}
