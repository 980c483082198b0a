import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { startAgent } from '../agent/index.ts';
import { startEmulatedCluster } from '../cluster/index.ts';
import { startController } from '../controller/index.ts';
import { startIdentityProvider } from '../idp/index.ts';
import type { Person } from '../idp/people.ts';

export interface DemoOptions {
  /** The controller's port; 0, the default, takes any free one. */
  controllerPort?: number;
  logger?: Logger;
}

export interface Demo {
  controller: string;
  issuer: string;
  people: readonly Person[];
  clusters: { name: string; displayName: string; labels: Record<string, string> }[];
  /** Stops all of it, the clients' side first, and removes its files. Idempotent. */
  close(): Promise<void>;
}

const organisation = 'acme';
const clusters = [
  { name: 'dev', displayName: 'Development', labels: { env: 'dev' } },
  { name: 'prod', displayName: 'Production', labels: { env: 'prod' } },
];

/**
 * The sample organisation on loopback: a development IdP, a controller, and two emulated clusters, each with an agent that
 * joins as a real one does. Everything lives in a temporary folder and is gone afterwards.
 */
export async function startDemo({ controllerPort = 0, logger }: DemoOptions = {}): Promise<Demo> {
  const started = new AsyncDisposableStack();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'postern-demo-'));
    started.defer(() => rm(folder, { recursive: true, force: true }));

    const [idp, ...emulations] = await Promise.all([
      startIdentityProvider({ organisation }).then((value) => keep(started, value)),
      ...clusters.map(({ name }) => startEmulatedCluster({ name, seed: 'acme' }).then((value) => keep(started, value))),
    ]);
    const controller = keep(
      started,
      await startController(
        {
          organisation,
          listen: `127.0.0.1:${controllerPort}`,
          dataDir: join(folder, 'controller'),
          oidc: {
            issuer: idp.issuer,
            clientId: idp.clientId,
            scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
          },
          administrators: { groups: ['platform-admins'] },
        },
        { logger },
      ),
    );
    await controller.applyPolicy(await readFile(new URL('acme.yaml', import.meta.url), 'utf8'), 'demo');

    await Promise.all(
      clusters.map(async ({ name, labels }, index) => {
        const { joinToken } = await controller.importCluster(name, labels);
        const agent = keep(
          started,
          await startAgent({
            controllerUrl: controller.url,
            joinToken,
            kubeconfig: emulations[index]?.kubeconfig,
            stateDir: join(folder, `agent-${name}`),
            logger,
          }),
        );
        await agent.ready;
      }),
    );
    return {
      controller: controller.url,
      issuer: idp.issuer,
      people: idp.people,
      clusters,
      close: () => started.disposeAsync(),
    };
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

function keep<Part extends { close(): Promise<void> }>(stack: AsyncDisposableStack, part: Part): Part {
  stack.defer(() => part.close());
  return part;
}
