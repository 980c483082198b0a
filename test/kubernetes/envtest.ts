import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { createKeyPair, createTestAuthority, type IssuedPair } from './certificates.ts';
import { type ServerProcess, startProcess } from './server-process.ts';

/** The folder with etcd, kube-apiserver and kube-controller-manager, by envtest's convention; undefined where there is none. */
export const kubernetesAssets: string | undefined = process.env.KUBEBUILDER_ASSETS || undefined;

export interface TestKubernetes {
  url: string;
  /** PEM. */
  certificateAuthority: string;
  /** YAML, with a client certificate of `system:masters`. */
  kubeconfig: string;
  /** The API server's audit log, one JSON event a line. */
  auditLog: string;
  /** A kubectl of the same version, where the assets have one. */
  kubectl: string;
  close(): Promise<void>;
}

const readyWithinMs = 60_000;

/**
 * Starts a real etcd, kube-apiserver and kube-controller-manager on free loopback ports, with RBAC, TokenRequest, garbage
 * collection and a blocking audit log, but no nodes. Everything lives in a temporary folder that `close` removes.
 *
 * @throws {Error} with the output of the part that failed; whatever had started is ended first
 */
export async function startKubernetes(assets: string | undefined = kubernetesAssets): Promise<TestKubernetes> {
  if (!assets) throw new Error('KUBEBUILDER_ASSETS is not set');
  const folder = await mkdtemp(join(tmpdir(), 'postern-kubernetes-'));
  const processes: ServerProcess[] = [];
  const close = async () => {
    for (const started of processes.toReversed()) await started.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await startParts(assets, folder, processes)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startParts(
  assets: string,
  folder: string,
  processes: ServerProcess[],
): Promise<Omit<TestKubernetes, 'close'>> {
  const [etcdPort, etcdPeerPort, apiPort, managerPort] = await freePorts(4);
  const authority = await createTestAuthority();
  const serving = await authority.issue('CN=kube-apiserver', 'server', [
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ]);
  const admin = await authority.issue('CN=admin,O=system:masters', 'client');
  const url = `https://127.0.0.1:${apiPort}`;
  const kubeconfig = kubeconfigFor(url, authority.certificate, admin);
  const auditLog = join(folder, 'audit.log');
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const accountKeys = await createKeyPair();
  const files = {
    authority: await file('ca.crt', authority.certificate),
    servingCertificate: await file('serving.crt', serving.certificate),
    servingKey: await file('serving.key', serving.key),
    accountKey: await file('accounts.key', accountKeys.privateKey),
    accountPublicKey: await file('accounts.pub', accountKeys.publicKey),
    auditPolicy: await file('audit.yaml', stringify(auditPolicy)),
    kubeconfig: await file('admin.yaml', kubeconfig),
  };

  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcdPeerUrl = `http://127.0.0.1:${etcdPeerPort}`;
  const etcd = startProcess(join(assets, 'etcd'), [
    `--data-dir=${join(folder, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=${etcdPeerUrl}`,
    `--initial-advertise-peer-urls=${etcdPeerUrl}`,
    `--initial-cluster=default=${etcdPeerUrl}`,
  ]);
  processes.push(etcd);

  const apiServer = startProcess(join(assets, 'kube-apiserver'), [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${apiPort}`,
    '--endpoint-reconciler-type=none',
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.accountPublicKey}`,
    `--service-account-signing-key-file=${files.accountKey}`,
    `--client-ca-file=${files.authority}`,
    `--tls-cert-file=${files.servingCertificate}`,
    `--tls-private-key-file=${files.servingKey}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${auditLog}`,
    '--audit-log-mode=blocking',
  ]);
  processes.push(apiServer);
  await untilReady(`${url}/readyz`, { ca: authority.certificate, cert: admin.certificate, key: admin.key }, [
    etcd,
    apiServer,
  ]);

  const manager = startProcess(join(assets, 'kube-controller-manager'), [
    `--kubeconfig=${files.kubeconfig}`,
    '--leader-elect=false',
    '--port=0',
    `--secure-port=${managerPort}`,
    '--bind-address=127.0.0.1',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${files.accountKey}`,
    `--root-ca-file=${files.authority}`,
    `--cert-dir=${join(folder, 'manager-certificates')}`,
  ]);
  processes.push(manager);
  // It fills in the aggregated roles (view, edit, admin), without which nothing useful can be granted.
  const credential = { ca: authority.certificate, cert: admin.certificate, key: admin.key };
  await untilReady(`${url}/apis/rbac.authorization.k8s.io/v1/clusterroles/view`, credential, [manager], (body) =>
    Array.isArray((JSON.parse(body) as { rules?: unknown }).rules),
  );
  return { url, certificateAuthority: authority.certificate, kubeconfig, auditLog, kubectl: join(assets, 'kubectl') };
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

function kubeconfigFor(server: string, ca: string, { certificate, key }: IssuedPair): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [
      { name: 'admin', user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
  });
}

async function untilReady(
  url: string,
  credential: { ca: string; cert: string; key: string },
  needed: readonly ServerProcess[],
  isReady: (body: string) => boolean = () => true,
): Promise<void> {
  const giveUpAt = Date.now() + readyWithinMs;
  while (Date.now() < giveUpAt) {
    const ended = needed.find((part) => part.ended());
    if (ended) throw new Error(`a part of the test Kubernetes ended:\n${ended.output()}`);
    const body = await get(url, credential).catch(() => undefined);
    if (body !== undefined && isReady(body)) return;
    await pause(100);
  }
  throw new Error(`${url} was not ready in time:\n${needed.map((part) => part.output()).join('\n')}`);
}

function get(url: string, credential: { ca: string; cert: string; key: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { ...credential, agent: false, timeout: 5_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });
}

/** Free a moment ago; the programs take port numbers, not sockets. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
