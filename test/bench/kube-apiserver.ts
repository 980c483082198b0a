import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { startKubernetes } from '../kubernetes/envtest.ts';
import type { ApiServer } from './api-server.ts';
import type { Surroundings } from './targets.ts';

const namespace = 'default';
const largeConfigMaps = 100;
const largeBytes = 67_000_000;

/** A real API server with etcd, whose own work on a request counts as it does for people. Its audit log is on. */
export async function startKubeApiServer({ folder, started }: Surroundings): Promise<ApiServer> {
  const kubernetes = await startKubernetes();
  started.defer(() => kubernetes.close());
  const kubeconfigFile = join(folder, 'kube-apiserver.yaml');
  await writeFile(kubeconfigFile, kubernetes.kubeconfig, { mode: 0o600 });
  const config = new KubeConfig();
  config.loadFromString(kubernetes.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  await makeConfigMaps(core);
  return {
    url: kubernetes.url,
    token: await tokenOfEditor(core, config.makeApiClient(RbacAuthorizationV1Api)),
    kubeconfigFile,
    paths: {
      small: `/api/v1/namespaces/${namespace}/configmaps/small`,
      large: `/api/v1/namespaces/${namespace}/configmaps?labelSelector=bench%3Dlarge`,
    },
  };
}

async function makeConfigMaps(core: CoreV1Api): Promise<void> {
  await core.createNamespacedConfigMap({
    namespace,
    body: { metadata: { name: 'small' }, data: { text: 'x'.repeat(900) } },
  });
  const text = 'x'.repeat(largeBytes / largeConfigMaps);
  for (let index = 0; index < largeConfigMaps; index += 1) {
    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: `large-${index}`, labels: { bench: 'large' } }, data: { text } },
    });
  }
}

/** As strong as the role that Postern's developer has, so that RBAC has as much to look through. */
async function tokenOfEditor(core: CoreV1Api, rbac: RbacAuthorizationV1Api): Promise<string> {
  const name = 'bench';
  await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
  await rbac.createClusterRoleBinding({
    body: {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  });
  const { status } = await core.createNamespacedServiceAccountToken({
    name,
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  if (!status?.token) throw new Error('the API server made no token');
  return status.token;
}
