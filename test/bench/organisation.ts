import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startIdentityProvider } from '../../server-mock/idp/index.ts';
import { samplePeople } from '../../server-mock/idp/people.ts';
import { repository, Workstation } from '../support/postern.ts';
import { type Running, start } from '../support/processes.ts';

/** The parts of Postern as an organisation runs them, each in a process of its own. */
export interface BenchedPostern {
  workstation: Workstation;
  close(): Promise<void>;
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
