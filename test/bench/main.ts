import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createTestAuthority } from '../../proxy-core/tunnel/testing-certificates.ts';
import { start } from '../support/processes.ts';
import { type Figures, measureBody, measureRequests, median, type Target } from './load.ts';
import { proxyTo, startNginx } from './nginx.ts';
import { kubeconfigThrough, startBenchedPostern, startCluster } from './organisation.ts';
import { freePorts } from './ports.ts';

/**
 * `npm run bench`: what Postern costs beside what else could stand in its place, in one run on one machine, so that the
 * ratios mean something where the figures do not.
 *
 * - direct: the API server's TLS front itself
 * - kubectl proxy: one hop, plain HTTP on its near side
 * - nginx chain: three nginx with TLS on every leg, as many hops and handshakes as Postern has, set so that a watch passes
 * - nginx, buffered: the same as nginx comes, which passes no watch before its end
 * - bare Node chain: three Node processes that only splice TLS, which is what Node leaves to anything built on it
 * - Postern: app, controller and agent, with policy and audit on
 *
 * The API server's front is nginx with two static answers, so that no variant waits for it; everything else it hands to an
 * emulated cluster. Needs nginx, wrk and curl; kubectl where it is installed.
 */
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
const warmUpSeconds = 15;
const warmUpBodies = 15;
/** In each round. The first of them pay for what the requests before them left in the heaps. */
const bodies = 7;
const smallPath = '/api/v1/namespaces/default/configmaps/small';
const largePath = '/api/v1/namespaces/default/configmaps/large';
const largeBytes = 67_000_000;

for (const program of ['nginx', 'wrk', 'curl']) {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) continue;
  process.stderr.write(`npm run bench needs ${program}; on Debian: apt-get install nginx-light wrk curl\n`);
  process.exit(1);
}

await using started = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'));
started.defer(() => rm(folder, { recursive: true, force: true }));

const authority = await createTestAuthority();
const { certificate, key } = await authority.serverCertificate(['127.0.0.1']);
const files = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') };
await writeFile(files.certificate, certificate);
await writeFile(files.key, key);
await writeStaticAnswers();

const cluster = await startCluster(folder);
started.defer(async () => void (await cluster.close()));
const [frontPort = 0, ...ports] = await freePorts(10);
const chainPorts = { streamed: ports.slice(0, 3), buffered: ports.slice(3, 6) };
const splicePorts = ports.slice(6);
const front = await startNginx(folder, {
  name: 'front',
  port: frontPort,
  ...files,
  server: `root ${folder}/static; default_type application/json;
    location = ${smallPath} { } location = ${largePath} { }
    location / { proxy_pass ${cluster.url}; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 600s;
      proxy_ssl_certificate ${cluster.certificateFile}; proxy_ssl_certificate_key ${cluster.keyFile}; }`,
});
started.defer(async () => void (await front.stop()));

const targets: Target[] = [
  { name: 'direct', url: `https://127.0.0.1:${frontPort}` },
  await kubectlProxy(),
  await nginxChain('nginx chain', 'streamed'),
  await nginxChain('nginx, buffered', 'buffered'),
  await bareNodeChain(),
  await postern(),
].filter((target) => target !== undefined);

const measured = new Map(
  targets.map(({ name }) => [name, { alone: [] as Figures[], busy: [] as Figures[], body: [] as number[] }]),
);
for (let round = 0; round < rounds; round += 1) {
  for (const target of targets) {
    process.stderr.write(`round ${round + 1} of ${rounds}: ${target.name}\n`);
    const into = measured.get(target.name);
    await warmUp(target, round);
    into?.alone.push(await measureRequests(target, smallPath, { connections: 1, seconds }));
    into?.busy.push(await measureRequests(target, smallPath, { connections: 32, seconds }));
    for (let count = 0; count < bodies; count += 1) into?.body.push(await measureBody(target, largePath));
  }
}
report();

/** Sessions open, connections are made, and code is compiled as it is in a process that has run for a minute. */
async function warmUp(target: Target, round: number): Promise<void> {
  await measureRequests(target, smallPath, { connections: 32, seconds: round === 0 ? warmUpSeconds : 1 });
  for (let count = 0; round === 0 && count < warmUpBodies; count += 1) await measureBody(target, largePath);
}

function report(): void {
  const rows = targets.map(({ name }) => {
    const { alone = [], busy = [], body = [] } = measured.get(name) ?? {};
    return {
      name,
      p50AloneMs: median(alone.map((figures) => figures.p50Ms)),
      requestsPerSecond: median(busy.map((figures) => figures.requestsPerSecond)),
      p99BusyMs: median(busy.map((figures) => figures.p99Ms)),
      bodyMbPerSecond: median(body),
      errors: [...alone, ...busy].reduce((sum, figures) => sum + figures.errors, 0),
    };
  });
  const line = (...cells: (string | number)[]) =>
    cells.map((cell, index) => (index === 0 ? String(cell).padEnd(16) : String(cell).padStart(16))).join('');
  const out = [
    `medians of ${rounds} rounds, ${seconds} s each`,
    line('', 'p50 alone ms', 'requests/s @32', 'p99 @32 ms', '67 MB body MB/s', 'errors'),
    ...rows.map((row) =>
      line(
        row.name,
        row.p50AloneMs.toFixed(2),
        row.requestsPerSecond.toFixed(0),
        row.p99BusyMs.toFixed(2),
        row.bodyMbPerSecond.toFixed(0),
        row.errors,
      ),
    ),
  ];
  const chain = rows.find((row) => row.name === 'nginx chain');
  const ours = rows.find((row) => row.name === 'Postern');
  if (chain && ours) {
    const ratio = (left: number, right: number) => (left / right).toFixed(2);
    out.push(
      `Postern to the nginx chain: ${ratio(ours.requestsPerSecond, chain.requestsPerSecond)} of its requests/s, ${ratio(ours.bodyMbPerSecond, chain.bodyMbPerSecond)} of its throughput, ${ratio(ours.p50AloneMs, chain.p50AloneMs)} of its p50 alone`,
    );
  }
  process.stdout.write(`${out.join('\n')}\n`);
}

async function writeStaticAnswers(): Promise<void> {
  const root = join(folder, 'static/api/v1/namespaces/default/configmaps');
  await mkdir(root, { recursive: true });
  const configMap = (name: string, text: string) =>
    JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'default' }, data: { text } });
  await writeFile(join(root, 'small'), configMap('small', 'x'.repeat(900)));
  await writeFile(join(root, 'large'), configMap('large', 'x'.repeat(largeBytes)));
}

async function kubectlProxy(): Promise<Target | undefined> {
  if (spawnSync('sh', ['-c', 'command -v kubectl']).status !== 0) return undefined;
  const kubeconfig = await kubeconfigThrough(
    cluster,
    `https://127.0.0.1:${frontPort}`,
    authority.ca,
    join(folder, 'kubectl-proxy.yaml'),
  );
  const proxy = start('kubectl', ['--kubeconfig', kubeconfig, 'proxy', '--port=0'], { env: { HOME: folder } });
  started.defer(async () => void (await proxy.stop()));
  const [, address] = await proxy.until(/Starting to serve on (\S+)/);
  return { name: 'kubectl proxy', url: `http://${address}` };
}

async function nginxChain(chain: string, responses: 'streamed' | 'buffered'): Promise<Target> {
  let next = `127.0.0.1:${frontPort}`;
  for (const [index, port] of chainPorts[responses].entries()) {
    const hop = await startNginx(folder, {
      name: `${responses}-${index}`,
      port,
      ...files,
      http: `upstream next { server ${next}; keepalive 64; keepalive_requests 1000000; }`,
      server: proxyTo('next', responses),
    });
    started.defer(async () => void (await hop.stop()));
    next = `127.0.0.1:${port}`;
  }
  return { name: chain, url: `https://${next}` };
}

async function bareNodeChain(): Promise<Target> {
  let next = frontPort;
  for (const port of splicePorts) {
    const script = join(import.meta.dirname, 'splice.ts');
    const hop = start(process.execPath, [script, String(port), String(next), files.certificate, files.key]);
    started.defer(async () => void (await hop.stop()));
    await hop.until(/listening/);
    next = port;
  }
  return { name: 'bare Node chain', url: `https://127.0.0.1:${next}` };
}

async function postern(): Promise<Target> {
  const kubeconfig = await kubeconfigThrough(
    cluster,
    `https://127.0.0.1:${frontPort}`,
    authority.ca,
    join(folder, 'agent.yaml'),
  );
  const benched = await startBenchedPostern(folder, kubeconfig);
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
