import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubeconfigFile } from '../kubeconfig/index.ts';
import { startTestProxy, type TestProxy } from './testing-proxy.ts';

const run = promisify(execFile);

function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** As much of a Kubernetes API as `kubectl get namespaces` asks for. */
function kubernetes(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').replace('/clusters/dev/roles/viewer', '').split('?')[0];
  const answers: Record<string, object> = {
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
    '/api/v1': {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [
        {
          name: 'namespaces',
          shortNames: ['ns'],
          singularName: '',
          namespaced: false,
          kind: 'Namespace',
          verbs: ['get', 'list'],
        },
      ],
    },
    '/api/v1/namespaces': {
      kind: 'NamespaceList',
      apiVersion: 'v1',
      metadata: {},
      items: [{ metadata: { name: 'shop' }, status: { phase: 'Active' } }],
    },
    '/healthz': { ok: true },
  };
  const found = path === undefined ? undefined : answers[path];
  response.writeHead(found ? 200 : 404, { 'Content-Type': 'application/json' });
  response.end(
    JSON.stringify(found ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound' }),
  );
}

describe.skipIf(!hasKubectl())('kubectl through the local proxy', () => {
  let folder: string;
  let test1: TestProxy;
  const kubectl = async (...args: string[]) => {
    const { stdout, stderr } = await run('kubectl', [
      ...['--kubeconfig', join(folder, 'config'), '--context', 'acme/dev', '--cache-dir', join(folder, 'cache')],
      ...args,
    ]).catch((error) => error as { stdout: string; stderr: string });
    return { stdout, stderr };
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-kubectl-'));
    test1 = await startTestProxy({ gateway: kubernetes });
    const file = new KubeconfigFile({ path: join(folder, 'config'), installation: 'i1' });
    await file.write({
      organisation: 'acme',
      contexts: [{ cluster: 'dev', role: 'viewer', isDefault: true }],
      proxyUrl: test1.proxy.url,
      caPem: test1.proxy.caPem,
      token: test1.token,
    });
  });
  afterEach(async () => {
    await test1[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('lists, and says in the log what it is', async () => {
    expect(await kubectl('get', 'ns')).toMatchObject({ stdout: expect.stringContaining('shop'), stderr: '' });
    const last = test1.log.started.at(-1)?.event;
    expect(last).toMatchObject({ kubectlCommand: 'kubectl get', userAgent: expect.stringContaining('kubectl') });
    expect(last?.kubectlSession).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('reaches the cluster of its context with --raw, which drops the server’s path', async () => {
    expect(await kubectl('get', '--raw', '/healthz')).toMatchObject({ stdout: '{"ok":true}', stderr: '' });
  });

  test('shows at once what every refusal says', async () => {
    await kubectl('get', 'ns');
    test1.setState({ kind: 'signed-out' });
    expect((await kubectl('get', 'ns')).stderr).toContain(
      'You must be logged in to the server (nobody is signed in to Postern on this device: sign in in the Postern app or with "postern login")',
    );
    test1.setState({ kind: 'revoked', message: 'bob revoked alice at 10:00' });
    expect((await kubectl('get', 'ns')).stderr).toContain('Error from server (Forbidden): bob revoked alice at 10:00');
    await rm(join(folder, 'cache'), { recursive: true });
    expect((await kubectl('get', 'ns')).stderr).toContain('Error from server (Forbidden): bob revoked alice at 10:00');
  });

  test('is told within seconds that the controller is away', async () => {
    await kubectl('get', 'ns');
    test1.setState({ kind: 'connecting', problem: 'connect ECONNREFUSED' });
    const { stderr } = await kubectl('get', 'ns');
    expect(stderr).toContain(
      'Error from server (ServiceUnavailable): Postern has no connection to its controller (connect ECONNREFUSED)',
    );
  }, 15_000);

  test('goes on as soon as the sign-in that it waited for is there', async () => {
    await kubectl('get', 'ns');
    test1.setState({ kind: 'sign-in-needed' });
    const listing = kubectl('get', 'ns');
    const signIn = setTimeout(() => test1.setState({ kind: 'open' }), 500);
    expect(await listing).toMatchObject({ stdout: expect.stringContaining('shop'), stderr: '' });
    clearTimeout(signIn);
  });
});

test('a client of Node’s own, given the CA alone, is answered too', async () => {
  await using proxy = await startTestProxy();
  const socket = await proxy.dial();
  expect(socket.authorized).toBe(true);
  socket.end();
  await once(socket, 'close');
});
