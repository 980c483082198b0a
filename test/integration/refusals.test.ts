import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KubeconfigFile } from '../../proxy-core/kubeconfig/index.ts';
import { startTestProxy, type TestProxy } from '../../proxy-core/proxy/testing-proxy.ts';
import type { AccessState, RoleResolution } from '../../proxy-core/proxy/types.ts';
import { Kubectl, kubectlPrograms, newestKubectl, oldestKubectl } from '../support/kubectl.ts';

/** As much of a Kubernetes API as `kubectl get namespaces` asks for. */
function kubernetes(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').replace('/clusters/dev/roles/viewer', '').split('?')[0] ?? '';
  const namespaces = { name: 'namespaces', shortNames: ['ns'], singularName: '', namespaced: false, kind: 'Namespace' };
  const answers: Record<string, object> = {
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
    '/api/v1': {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [{ ...namespaces, verbs: ['get', 'list'] }],
    },
    '/api/v1/namespaces': { kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items: [] },
  };
  response.writeHead(path in answers ? 200 : 404, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answers[path] ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
}

const open: AccessState = { kind: 'open' };
const viewer: RoleResolution = { kind: 'role', role: 'viewer' };
const refusals: { name: string; state: AccessState; resolution: RoleResolution; sentence: string }[] = [
  { name: 'signed out', state: { kind: 'signed-out' }, resolution: viewer, sentence: 'nobody is signed in to Postern' },
  {
    name: 'revoked',
    state: { kind: 'revoked', message: 'bob revoked alice at 10:00' },
    resolution: viewer,
    sentence: 'bob revoked alice at 10:00',
  },
  {
    name: 'an offline cluster',
    state: open,
    resolution: { kind: 'cluster-offline', since: '2026-03-01T00:00:00Z' },
    sentence: 'cluster "dev" is offline: its agent',
  },
];

const programs = [...new Set([oldestKubectl, newestKubectl])].filter((program) => program !== undefined);

describe.skipIf(kubectlPrograms.length === 0).each(programs)('kubectl $version, refused', ({ path }) => {
  let home: string;
  let proxy: TestProxy;
  let kubectl: Kubectl;
  let resolution: RoleResolution = viewer;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'postern-refusals-'));
    proxy = await startTestProxy({ gateway: kubernetes, resolveRole: () => resolution });
    const kubeconfig = join(home, 'config');
    await new KubeconfigFile({ path: kubeconfig, installation: 'i1' }).write({
      organisation: 'acme',
      contexts: [{ cluster: 'dev', role: 'viewer', isDefault: true }],
      proxyUrl: proxy.proxy.url,
      caPem: proxy.proxy.caPem,
      token: proxy.token,
    });
    kubectl = new Kubectl({ program: path, kubeconfig, context: 'acme/dev', home });
  });

  afterEach(() => {
    resolution = viewer;
    proxy.setState(open);
  });

  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  async function refused(): Promise<string> {
    const { exitCode, stderr } = await kubectl.run(['get', 'ns']);
    expect(exitCode).toBe(1);
    // Whatever an error in discovery is, client-go repeats it in its own log (E1123 …) for each of its attempts.
    return stderr.replace(/^E\d{4} .*\n/gm, '');
  }

  it.each(refusals)('because of $name, says why exactly once, whatever it has in its cache', async (refusal) => {
    await kubectl.output(['get', 'ns']);
    resolution = refusal.resolution;
    proxy.setState(refusal.state);
    const warm = await refused();
    await rm(join(home, '.kube'), { recursive: true, force: true });
    const cold = await refused();
    expect(warm.split(refusal.sentence), warm).toHaveLength(2);
    expect(cold.split(refusal.sentence), cold).toHaveLength(2);
  });
});
