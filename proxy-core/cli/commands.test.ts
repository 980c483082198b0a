import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCore } from '../core/start-core.ts';
import { startTestController, type TestController, testCluster } from '../core/testing-controller.ts';
import { silent, temporaryHome } from '../core/testing-home.ts';
import type { Core } from '../core/types.ts';
import type { StateFolder } from '../state-folder/index.ts';
import { postern } from './testing-cli.ts';

const offered = [testCluster('dev', ['viewer', 'editor']), testCluster('prod')];
let home: { folder: StateFolder } & AsyncDisposable;
let controller: TestController;
let core: Core;

beforeAll(async () => {
  home = await temporaryHome();
  controller = await startTestController({ clusters: offered });
  core = await startCore({
    folder: home.folder,
    controllerUrl: controller.url,
    secretStore: await controller.signedInStore(),
    logger: silent,
  });
  const pushed = await connectedTo(home.folder);
  for await (const _ of await pushed.client.state.watch()) if (core.state.clusters[0]?.status === 'online') break;
  pushed.close();
});

afterAll(async () => {
  await core.close();
  await controller[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

async function connectedTo(folder: StateFolder) {
  const { connectToCore } = await import('../core/core-client.ts');
  return connectToCore(folder.core);
}

test('status shows who is signed in and where things are', async () => {
  const { out, exitCode } = await postern(home.folder, ['status']);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^Organisation {2}acme$/m);
  expect(out).toMatch(/^Signed in +alice@acme\.example \(developers\), certificate ends in /m);
  expect(out).toMatch(/^Connection +127\.0\.0\.1:\d+, for \d+\w+/m);
  expect(out).toMatch(new RegExp(`^Kubeconfig +${home.folder.kubeconfig}$`, 'm'));
  expect(out).toMatch(/^warning: There is no keychain/m);
  expect(JSON.parse((await postern(home.folder, ['status', '-o', 'json'])).out)).toMatchObject({
    running: true,
    identity: { kind: 'signed-in' },
  });
});

test('clusters are one line per role, the default marked', async () => {
  const { out } = await postern(home.folder, ['clusters']);
  expect(out.split('\n').slice(0, 4)).toEqual([
    'CLUSTER  STATUS  ROLE     CONTEXT          LATENCY  VERSION  LABELS',
    'dev      online  viewer*  acme/dev         3 ms     v1.34.0  env=dev',
    '                 editor   acme/dev+editor',
    'prod     online  viewer*  acme/prod        3 ms     v1.34.0  env=prod',
  ]);
  const json = JSON.parse((await postern(home.folder, ['clusters', '-o', 'json'])).out);
  expect(json.clusters[0].roles[1].context).toBe('acme/dev+editor');
});

test('a role that asks for a reason says so before it is used', async () => {
  const dev = testCluster('dev', ['viewer', 'admin']);
  const roles = dev.roles.map((role) => ({ ...role, requireReason: role.role === 'admin' }));
  controller.push({ kind: 'clusters', clusters: [{ ...dev, roles }] });
  await expect.poll(() => core.state.clusters.length).toBe(1);
  expect((await postern(home.folder, ['clusters'])).out).toContain('admin (asks for a reason)  acme/dev+admin');
  controller.push({ kind: 'clusters', clusters: offered });
  await expect.poll(() => core.state.clusters.length).toBe(2);
});

test('connect prints a command that can be pasted; disconnect says how many sessions ended', async () => {
  const connected = await postern(home.folder, ['connect', 'dev', '--role', 'editor']);
  expect(connected.out).toContain(`kubectl --kubeconfig ${home.folder.kubeconfig} --context acme/dev+editor get pods`);
  const { out } = await postern(home.folder, ['sessions', '-o', 'json']);
  const [session] = JSON.parse(out).sessions;
  expect(session).toMatchObject({ cluster: 'dev', role: 'editor' });
  const one = await postern(home.folder, ['session', session.id.slice(0, 13)]);
  expect(one.out).toContain(`Session   ${session.id}`);
  const disconnected = await postern(home.folder, ['disconnect', 'dev', '-o', 'json']);
  expect(JSON.parse(disconnected.out)).toEqual({ endedSessions: 1 });
  expect((await postern(home.folder, ['disconnect', 'prod'])).out).toBe('No session was open on prod.\n');
});

test('kubeconfig says where the file is and what is in it', async () => {
  const { out } = await postern(home.folder, ['kubeconfig', '-o', 'json']);
  expect(JSON.parse(out)).toEqual({
    path: home.folder.kubeconfig,
    mergedInto: null,
    contexts: ['acme/dev', 'acme/dev+editor', 'acme/prod'],
  });
});

test('kubeconfig says why there are no contexts', async () => {
  controller.push({ kind: 'clusters', clusters: [] });
  await expect.poll(() => core.state.kubeconfig.contexts).toEqual([]);
  expect((await postern(home.folder, ['kubeconfig'])).out).toContain('No contexts: no grant gives you a cluster.\n');
  controller.push({ kind: 'clusters', clusters: offered });
  await expect.poll(() => core.state.clusters.length).toBe(2);
});

test('what only an administrator may do fails with the controller’s own words', async () => {
  const { exitCode, err } = await postern(home.folder, ['admin', 'get']);
  expect(exitCode).toBe(1);
  expect(err).toBe('error: not in this test (POSTERN_FORBIDDEN)\nhint: ask somebody else\n');
  expect((await postern(home.folder, ['admin', 'clusters', '-o', 'json'])).out).toBe('{"clusters":[]}\n');
});

test('a file that is not there is a usage error that names it', async () => {
  const { exitCode, err } = await postern(home.folder, ['admin', 'apply', '-f', '/nowhere.yaml']);
  expect(exitCode).toBe(2);
  expect(err).toContain('/nowhere.yaml cannot be read');
});

test('a file that is longer than a policy may be is a usage error, however long it is', async () => {
  const file = join(home.folder.home, 'policy.yaml');
  await writeFile(file, '#'.repeat(20 * 1024 * 1024));
  const { exitCode, err } = await postern(home.folder, ['admin', 'apply', '-f', file]);
  expect(exitCode).toBe(2);
  expect(err).toContain(`${file} is longer than 4194304 characters`);
});

test('signed in already, login says so at once', async () => {
  const { out } = await postern(home.folder, ['login', '--no-browser', '-o', 'json']);
  expect(JSON.parse(out)).toMatchObject({ signedIn: true, user: { name: 'alice@acme.example' } });
});

test('ui gives an address of the running core that works once', async () => {
  const { out } = await postern(home.folder, ['ui', '--no-open', '-o', 'json']);
  const { url } = JSON.parse(out);
  expect(url).toMatch(new RegExp(`^${core.url}/launch/`));
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(303);
  expect((await fetch(url, { redirect: 'manual' })).status).toBe(410);
});

test('up on the same folder is refused while this one runs', async () => {
  expect(await postern(home.folder, ['up', '-o', 'json'])).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('POSTERN_CORE_RUNNING'),
  });
});
