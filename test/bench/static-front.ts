import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { repository } from '../support/postern.ts';
import { start } from '../support/processes.ts';
import type { ApiServer } from './api-server.ts';
import { startNginx } from './nginx.ts';
import { freePorts } from './ports.ts';
import type { Surroundings } from './targets.ts';

const paths = {
  small: '/api/v1/namespaces/default/configmaps/small',
  large: '/api/v1/namespaces/default/configmaps/large',
};
const largeBytes = 67_000_000;

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

/**
 * An API server that costs next to nothing, so that what is measured is what stands before it: nginx with two static
 * answers, which hands everything else to an emulated cluster.
 *
 * @param authority PEM of who signed the certificate that nginx serves with
 */
export async function startStaticFront(
  authority: string,
  { folder, certificate, key, started }: Surroundings,
): Promise<ApiServer> {
  await writeStaticAnswers(join(folder, 'static'));
  const kubeconfig = await startCluster({ folder, started });
  const [cluster] = kubeconfig.clusters;
  const [admin] = kubeconfig.users;
  if (!cluster || !admin) throw new Error('the emulated cluster wrote a kubeconfig without cluster and user');
  const credential = { certificate: join(folder, 'admin.crt'), key: join(folder, 'admin.key') };
  await writeFile(credential.certificate, Buffer.from(admin.user['client-certificate-data'], 'base64'));
  await writeFile(credential.key, Buffer.from(admin.user['client-key-data'], 'base64'), { mode: 0o600 });
  const [port = 0] = await freePorts(1);
  const front = await startNginx(folder, {
    name: 'front',
    port,
    certificate,
    key,
    server: `root ${folder}/static; default_type application/json;
    location = ${paths.small} { } location = ${paths.large} { }
    location / { proxy_pass ${cluster.cluster.server}; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 600s;
      proxy_ssl_certificate ${credential.certificate}; proxy_ssl_certificate_key ${credential.key}; }`,
  });
  started.defer(async () => void (await front.stop()));
  const url = `https://127.0.0.1:${port}`;
  cluster.cluster = { server: url, 'certificate-authority-data': Buffer.from(authority).toString('base64') };
  const kubeconfigFile = join(folder, 'front.yaml');
  await writeFile(kubeconfigFile, stringify(kubeconfig), { mode: 0o600 });
  return { url, token: undefined, kubeconfigFile, paths };
}

async function startCluster({ folder, started }: Pick<Surroundings, 'folder' | 'started'>): Promise<Kubeconfig> {
  const file = join(folder, 'cluster.yaml');
  const script = join(repository, 'server-mock/cluster/main.ts');
  const cluster = start(process.execPath, [script, '--name', 'dev', '--kubeconfig-out', file]);
  started.defer(async () => void (await cluster.stop()));
  await cluster.until(/emulated cluster dev at/);
  return parse(await readFile(file, 'utf8')) as Kubeconfig;
}

async function writeStaticAnswers(root: string): Promise<void> {
  const folder = join(root, 'api/v1/namespaces/default/configmaps');
  await mkdir(folder, { recursive: true });
  const configMap = (name: string, text: string) =>
    JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'default' }, data: { text } });
  await writeFile(join(folder, 'small'), configMap('small', 'x'.repeat(900)));
  await writeFile(join(folder, 'large'), configMap('large', 'x'.repeat(largeBytes)));
}
