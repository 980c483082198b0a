import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestAuthority } from '../../proxy-core/tunnel/testing-certificates.ts';
import { kubernetesAssets } from '../kubernetes/envtest.ts';
import type { ApiServer } from './api-server.ts';
import { startKubeApiServer } from './kube-apiserver.ts';
import { measure } from './measure.ts';
import { startStaticFront } from './static-front.ts';
import { bareNodeChain, direct, kubectlProxy, nginxChain, postern, type Surroundings } from './targets.ts';

/**
 * `npm run bench`: what Postern costs beside what else could stand in its place, in one run on one machine, so that the
 * ratios mean something where the figures do not.
 *
 * First in front of static answers, so that no target waits for the API server, then in front of a real kube-apiserver
 * where KUBEBUILDER_ASSETS names one, which is what people meet. Needs nginx, wrk and curl; kubectl where it is installed.
 */
for (const program of ['nginx', 'wrk', 'curl']) {
  if (spawnSync('sh', ['-c', `command -v ${program}`]).status === 0) continue;
  process.stderr.write(`npm run bench needs ${program}; on Debian: apt-get install nginx-light wrk curl\n`);
  process.exit(1);
}

const authority = await createTestAuthority();
await bench('static answers', (surroundings) => startStaticFront(authority.ca, surroundings));
if (kubernetesAssets === undefined)
  process.stdout.write('kube-apiserver: not measured, KUBEBUILDER_ASSETS is not set\n');
else await bench('kube-apiserver', startKubeApiServer);

async function bench(title: string, startApiServer: (surroundings: Surroundings) => Promise<ApiServer>): Promise<void> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const surroundings = { folder, started, ...(await writeServerCertificate(folder)) };
  const apiServer = await startApiServer(surroundings);
  const targets = [
    direct(apiServer),
    await kubectlProxy(apiServer, surroundings),
    await nginxChain('nginx chain', 'streamed', apiServer, surroundings),
    // As nginx comes, which passes no watch before its end.
    await nginxChain('nginx, buffered', 'buffered', apiServer, surroundings),
    await bareNodeChain(apiServer, surroundings),
    await postern(apiServer, surroundings),
  ].filter((target) => target !== undefined);
  await measure(title, targets, apiServer.paths);
}

async function writeServerCertificate(folder: string): Promise<{ certificate: string; key: string }> {
  const { certificate, key } = await authority.serverCertificate(['127.0.0.1']);
  const files = { certificate: join(folder, 'server.crt'), key: join(folder, 'server.key') };
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, key, { mode: 0o600 });
  return files;
}
