import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startAgent } from '../../server-mock/agent/index.ts';
import { startEmulatedCluster } from '../../server-mock/cluster/index.ts';
import { startController } from '../../server-mock/controller/index.ts';
import { startIdentityProvider } from '../../server-mock/idp/index.ts';

/** The sample organisation with the agent of one cluster, `dev`; each part can be stopped alone. */
export interface SmallOrganisation extends AsyncDisposable {
  controllerUrl: string;
  issuer: string;
  stopIdentityProvider(): Promise<void>;
  stopAgent(): Promise<void>;
  stopController(): Promise<void>;
  close(): Promise<void>;
}

/** @param options.kubeconfig of the Kubernetes API behind `dev`; an emulated cluster without it */
export async function startSmallOrganisation(
  options: { deviceCertificateLifetime?: string; kubeconfig?: string } = {},
): Promise<SmallOrganisation> {
  const logger = pino({ level: 'silent' });
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'postern-organisation-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const idp = await startIdentityProvider();
  const stopIdentityProvider = once(() => idp.close());
  started.defer(stopIdentityProvider);
  const { deviceCertificateLifetime: lifetime, kubeconfig = await emulatedCluster(started) } = options;
  const controller = await startController(
    {
      organisation: 'acme',
      listen: '127.0.0.1:0',
      dataDir: join(folder, 'controller'),
      oidc: {
        issuer: idp.issuer,
        clientId: idp.clientId,
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
      },
      administrators: { groups: ['platform-admins'] },
      ...(lifetime === undefined ? {} : { deviceCertificate: { lifetime } }),
    },
    { logger },
  );
  const stopController = once(() => controller.close());
  started.defer(stopController);
  const policy = new URL('../../server-mock/demo/acme.yaml', import.meta.url);
  await controller.applyPolicy(await readFile(policy, 'utf8'), 'test');
  const { joinToken } = await controller.importCluster('dev', { env: 'dev' });
  const agent = await startAgent({
    controllerUrl: controller.url,
    joinToken,
    kubeconfig,
    stateDir: join(folder, 'agent'),
    logger,
  });
  const stopAgent = once(() => agent.close());
  started.defer(stopAgent);
  await agent.ready;
  const all = started.move();
  const close = (): Promise<void> => all.disposeAsync();
  return {
    controllerUrl: controller.url,
    issuer: idp.issuer,
    stopIdentityProvider,
    stopAgent,
    stopController,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Where no Kubernetes is given. */
async function emulatedCluster(started: AsyncDisposableStack): Promise<string> {
  const cluster = await startEmulatedCluster({ name: 'dev', seed: 'acme' });
  started.defer(() => cluster.close());
  return cluster.kubeconfig;
}

function once(stop: () => Promise<void>): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= stop();
    return stopped;
  };
}
