import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { startIdentityProvider } from '../../server-mock/idp/index.ts';
import { samplePeople } from '../../server-mock/idp/people.ts';
import { repository, Workstation } from '../support/postern.ts';
import { type Running, start } from '../support/processes.ts';

/** The parts of Postern as an organisation runs them, each in a process of its own. */
export interface BenchedPostern {
  workstation: Workstation;
  /** Resident memory of controller and agent, in MB. */
  memory(): Promise<{ controllerMb: number; agentMb: number; coreMb: number }>;
  close(): Promise<void>;
}

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

export interface EmulatedCluster {
  url: string;
  /** PEM files of the administrator's credential. */
  certificateFile: string;
  keyFile: string;
  kubeconfig: Kubeconfig;
  close(): Promise<unknown>;
}

export async function startCluster(folder: string): Promise<EmulatedCluster> {
  const file = join(folder, 'cluster.yaml');
  const cluster = start(process.execPath, [
    join(repository, 'server-mock/cluster/main.ts'),
    '--name',
    'dev',
    '--kubeconfig-out',
    file,
  ]);
  await cluster.until(/emulated cluster dev at/);
  const kubeconfig = parse(await readFile(file, 'utf8')) as Kubeconfig;
  const [admin] = kubeconfig.users;
  const certificateFile = join(folder, 'admin.crt');
  const keyFile = join(folder, 'admin.key');
  await writeFile(certificateFile, Buffer.from(admin?.user['client-certificate-data'] ?? '', 'base64'));
  await writeFile(keyFile, Buffer.from(admin?.user['client-key-data'] ?? '', 'base64'), { mode: 0o600 });
  return {
    url: kubeconfig.clusters[0]?.cluster.server ?? '',
    certificateFile,
    keyFile,
    kubeconfig,
    close: () => cluster.stop(),
  };
}

/** Writes `cluster`'s kubeconfig with another address in front of it. */
export async function kubeconfigThrough(
  cluster: EmulatedCluster,
  url: string,
  ca: string,
  file: string,
): Promise<string> {
  const copy = structuredClone(cluster.kubeconfig);
  const [entry] = copy.clusters;
  if (entry) entry.cluster = { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  await writeFile(file, stringify(copy), { mode: 0o600 });
  return file;
}

/** Controller, agent and app, with policy and audit on, signed in as a developer. */
export async function startBenchedPostern(folder: string, kubeconfigFile: string): Promise<BenchedPostern> {
  await using started = new AsyncDisposableStack();
  const idp = await startIdentityProvider();
  started.defer(() => idp.close());
  const configFile = join(folder, 'controller.yaml');
  await writeFile(
    configFile,
    stringify({
      organisation: 'acme',
      listen: '127.0.0.1:0',
      dataDir: join(folder, 'controller'),
      oidc: {
        issuer: idp.issuer,
        clientId: idp.clientId,
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
      },
      administrators: { groups: ['platform-admins'] },
      policy: [join(repository, 'server-mock/demo/acme.yaml')],
    }),
  );
  const controller = start(process.execPath, [
    join(repository, 'server-mock/controller/main.ts'),
    '--config',
    configFile,
  ]);
  started.defer(async () => void (await controller.stop()));
  const [url] = await controller.until(/https:\/\/127\.0\.0\.1:\d+#ca=sha256:[\w-]+/);

  const [alice, bob] = samplePeople;
  if (!alice || !bob) throw new Error('the sample organisation has no people');
  const admin = await Workstation.start(url);
  started.defer(() => admin.close());
  await admin.signIn(alice);
  const { joinToken } = await admin.json<{ joinToken: string }>(['admin', 'clusters', 'import', 'dev']);

  const agent = start(
    process.execPath,
    [
      join(repository, 'server-mock/agent/main.ts'),
      '--kubeconfig',
      kubeconfigFile,
      '--controller',
      url,
      '--state-dir',
      join(folder, 'agent'),
    ],
    { env: { POSTERN_JOIN_TOKEN: joinToken } },
  );
  started.defer(async () => void (await agent.stop()));
  const workstation = await Workstation.start(url);
  started.defer(() => workstation.close());
  await workstation.signIn(bob);
  await untilOnline(workstation, agent);

  const all = started.move();
  return {
    workstation,
    memory: async () => ({
      controllerMb: await residentMb(controller),
      agentMb: await residentMb(agent),
      coreMb: await residentMb(workstation.core),
    }),
    close: () => all.disposeAsync(),
  };
}

async function untilOnline(workstation: Workstation, agent: Running): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const { clusters } = await workstation.json<{ clusters: { name: string; status: string }[] }>(['clusters']);
    if (clusters.some(({ name, status }) => name === 'dev' && status === 'online')) return;
  }
  throw new Error(`the agent did not connect: ${agent.stderr().slice(-2000)}`);
}

async function residentMb({ process: { pid } }: Running): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}
