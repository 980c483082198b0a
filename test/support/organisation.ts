import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startAgent } from '../../server-mock/agent/index.ts';
import { startController } from '../../server-mock/controller/index.ts';
import { startDemo } from '../../server-mock/demo/index.ts';
import { startIdentityProvider } from '../../server-mock/idp/index.ts';
import { samplePeople } from '../../server-mock/idp/people.ts';
import { startKubernetes } from '../kubernetes/envtest.ts';

const silent = pino({ level: 'silent' });

export interface Organisation {
  controllerUrl: string;
  close(): Promise<void>;
}

/** The two kinds of Kubernetes API behind which the same suite must hold. */
export type Backing = 'emulated cluster' | 'kube-apiserver';

export const backings: Backing[] = process.env.KUBEBUILDER_ASSETS
  ? ['emulated cluster', 'kube-apiserver']
  : ['emulated cluster'];
if (!process.env.KUBEBUILDER_ASSETS)
  console.info('KUBEBUILDER_ASSETS is not set: the suite runs against the emulated cluster only.');

export const [alice, bob, carol] = samplePeople as [Person, Person, Person];
type Person = (typeof samplePeople)[number];

/** The sample organisation. With a real kube-apiserver there is one cluster, `dev`. */
export async function startOrganisation(backing: Backing): Promise<Organisation> {
  if (backing === 'emulated cluster') {
    const demo = await startDemo({ logger: silent });
    return { controllerUrl: demo.controller, close: () => demo.close() };
  }
  return startWithKubernetes();
}

const policy = `
apiVersion: postern.dev/v1
kind: Role
metadata: { name: viewer }
spec: { clusterRole: view }
---
apiVersion: postern.dev/v1
kind: Role
metadata: { name: editor }
spec: { clusterRole: edit }
---
apiVersion: postern.dev/v1
kind: Role
metadata: { name: admin }
spec: { clusterRole: cluster-admin }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: developers-edit-dev }
spec: { subjects: { groups: [developers] }, role: editor, clusters: { matchLabels: { env: dev } } }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: developers-view }
spec: { subjects: { groups: [developers] }, role: viewer, clusters: { matchLabels: {} } }
---
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: platform-admins }
spec: { subjects: { groups: [platform-admins] }, role: admin, clusters: { matchLabels: {} } }
`;

async function startWithKubernetes(): Promise<Organisation> {
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'postern-organisation-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const kubernetes = await startKubernetes();
  started.defer(() => kubernetes.close());
  const idp = await startIdentityProvider();
  started.defer(() => idp.close());
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
    },
    { logger: silent },
  );
  started.defer(() => controller.close());
  await controller.applyPolicy(policy, 'test');
  const { joinToken } = await controller.importCluster('dev', { env: 'dev' });
  const agent = await startAgent({
    controllerUrl: controller.url,
    joinToken,
    kubeconfig: kubernetes.kubeconfig,
    stateDir: join(folder, 'agent'),
    logger: silent,
  });
  started.defer(() => agent.close());
  await agent.ready;
  const all = started.move();
  return { controllerUrl: controller.url, close: () => all.disposeAsync() };
}
