import { ObjectDeletion } from './api/deletion.ts';
import { ApiServer } from './api/server.ts';
import { ObjectWriter } from './api/write.ts';
import { makeCertificates } from './authentication/certificates.ts';
import { ServiceAccountTokens } from './authentication/service-account-tokens.ts';
import { aggregateClusterRoles } from './authorization/aggregation.ts';
import { RbacAuthorizer } from './authorization/rbac-authorizer.ts';
import { type Clock, systemClock, tellingFaults } from './clock.ts';
import { startControllers } from './controllers/index.ts';
import { adminKubeconfig } from './kubeconfig.ts';
import { SchemaCatalog } from './openapi/schema-catalog.ts';
import { Registry } from './resources/registry.ts';
import { seedAcme } from './seed/acme.ts';
import { seedBase } from './seed/base.ts';
import { dayMs, Seeder } from './seed/seeder.ts';
import { ObjectStore } from './store.ts';
import { Containers, createStreamingHandlers } from './streaming/index.ts';
import { startWorkload } from './workload/index.ts';

export interface EmulatedClusterOptions {
  name: string;
  /** On 127.0.0.1; a free one where left out. */
  port?: number;
  /** `acme` brings namespaces, nodes and a living workload; `empty` only what every cluster has. */
  seed?: 'acme' | 'empty';
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
  /** Told of faults in the controllers and the workload, which go on. */
  onError?: (error: unknown) => void;
}

export interface EmulatedCluster {
  url: string;
  /** PEM */
  certificateAuthority: string;
  /** YAML, with an administrator's client certificate. */
  kubeconfig: string;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a Kubernetes API with nothing behind it, on loopback: enough of one for kubectl, Lens and Postern's agent.
 * It keeps its state in memory and says of itself that it is an emulation (`kubectl version`, node and object
 * annotations). See README.md for what it covers.
 *
 * @example
 * const cluster = await startEmulatedCluster({ name: 'dev', seed: 'acme' });
 * await writeFile('kubeconfig.yaml', cluster.kubeconfig, { mode: 0o600 });
 */
export async function startEmulatedCluster(options: EmulatedClusterOptions): Promise<EmulatedCluster> {
  const { name, port = 0, seed = 'acme', random = Math.random } = options;
  const onError = options.onError ?? ((error) => console.error(`emulated cluster ${name}:`, error));
  const clock = tellingFaults(options.clock ?? systemClock, onError);
  const certificates = await makeCertificates(name, clock.now());
  const store = new ObjectStore(clock);
  const registry = new Registry();
  const seeder = new Seeder({ store, registry, clock, random });
  seedBase(seeder, 60 * dayMs);
  if (seed === 'acme') seedAcme(seeder, name);

  const stopAggregation = aggregateClusterRoles(store);
  const authorizer = new RbacAuthorizer(store);
  const tokens = await ServiceAccountTokens.create(store, clock);
  const writer = new ObjectWriter(store, clock, random, authorizer);
  const deletion = new ObjectDeletion(store, clock);
  const stopControllers = startControllers(
    { store, registry, writer, deletion, clock, random, onError },
    certificates.authority,
  );
  const containers = new Containers({ store, clock });
  const workload = startWorkload({ store, clock, random, containers });
  const streaming = createStreamingHandlers({ store, clock, random, containers });
  const closing = new AbortController();
  const server = new ApiServer(
    {
      clusterName: name,
      store,
      registry,
      clock,
      random,
      authorizer,
      tokens,
      writer,
      deletion,
      schemas: new SchemaCatalog(),
      streaming,
      closing: closing.signal,
    },
    certificates,
  );
  const stop = async () => {
    closing.abort();
    workload.close();
    stopControllers();
    stopAggregation();
    await streaming.close();
    containers.close();
  };
  try {
    await server.listen(port);
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `https://127.0.0.1:${server.port}`;
  let closed: Promise<void> | undefined;
  return {
    url,
    certificateAuthority: certificates.authority,
    kubeconfig: adminKubeconfig(name, url, certificates),
    close() {
      closed ??= stop().then(() => server.close());
      return closed;
    },
  };
}
