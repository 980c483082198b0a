import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { start } from '../support/processes.ts';
import type { ApiServer } from './api-server.ts';
import type { Target } from './load.ts';
import { proxyTo, startNginx } from './nginx.ts';
import { startBenchedPostern } from './organisation.ts';
import { freePorts } from './ports.ts';

/** Where the targets live, and with what certificate those that need one serve. */
export interface Surroundings {
  folder: string;
  /** Files. */
  certificate: string;
  key: string;
  started: AsyncDisposableStack;
}

/** The API server itself. */
export function direct({ url, token }: ApiServer): Target {
  return { name: 'direct', url, token };
}

/** One hop, plain HTTP on its near side. Undefined where kubectl is not installed. */
export async function kubectlProxy(
  { kubeconfigFile }: ApiServer,
  { folder, started }: Surroundings,
): Promise<Target | undefined> {
  if (spawnSync('sh', ['-c', 'command -v kubectl']).status !== 0) return undefined;
  const proxy = start('kubectl', ['--kubeconfig', kubeconfigFile, 'proxy', '--port=0'], { env: { HOME: folder } });
  started.defer(async () => void (await proxy.stop()));
  const [, address] = await proxy.until(/Starting to serve on (\S+)/);
  return { name: 'kubectl proxy', url: `http://${address}` };
}

/** Three nginx with TLS on every leg, as many hops and handshakes as Postern has. */
export async function nginxChain(
  name: string,
  responses: 'streamed' | 'buffered',
  { url, token }: ApiServer,
  { folder, certificate, key, started }: Surroundings,
): Promise<Target> {
  let next = new URL(url).host;
  for (const [index, port] of (await freePorts(3)).entries()) {
    const hop = await startNginx(folder, {
      name: `${responses}-${index}`,
      port,
      certificate,
      key,
      http: `upstream next { server ${next}; keepalive 64; keepalive_requests 1000000; }`,
      server: proxyTo('next', responses),
    });
    started.defer(async () => void (await hop.stop()));
    next = `127.0.0.1:${port}`;
  }
  return { name, url: `https://${next}`, token };
}

/** Three Node processes that only splice TLS, which is what Node leaves to anything built on it. */
export async function bareNodeChain({ url, token }: ApiServer, surroundings: Surroundings): Promise<Target> {
  const { certificate, key, started } = surroundings;
  let next = new URL(url).port;
  for (const port of await freePorts(3)) {
    const script = join(import.meta.dirname, 'splice.ts');
    const hop = start(process.execPath, [script, String(port), next, certificate, key]);
    started.defer(async () => void (await hop.stop()));
    await hop.until(/listening/);
    next = String(port);
  }
  return { name: 'bare Node chain', url: `https://127.0.0.1:${next}`, token };
}

/** App, controller and agent, with policy and audit on. */
export async function postern({ kubeconfigFile }: ApiServer, { folder, started }: Surroundings): Promise<Target> {
  const benched = await startBenchedPostern(folder, kubeconfigFile);
  started.defer(() => benched.close());
  const written = parse(await readFile(benched.workstation.ready.kubeconfig, 'utf8')) as {
    contexts: { name: string; context: { cluster: string; user: string } }[];
    clusters: { name: string; cluster: { server: string } }[];
    users: { name: string; user: { token: string } }[];
  };
  const context = written.contexts.find(({ name }) => name === 'acme/dev')?.context;
  const server = written.clusters.find(({ name }) => name === context?.cluster)?.cluster.server;
  const token = written.users.find(({ name }) => name === context?.user)?.user.token;
  if (!server || !token) throw new Error('the written kubeconfig has no context acme/dev');
  return { name: 'Postern', url: server, token };
}
