import { connectCluster } from '../connect-cluster.ts';
import { disconnectCluster } from '../disconnect-cluster.ts';
import type { RunningCore } from '../running-core.ts';
import { contract } from './implementation.ts';

export function clusterProcedures(core: RunningCore) {
  return {
    connect: contract.clusters.connect.handler(({ input, signal }) => connectCluster(core, input, signal)),
    disconnect: contract.clusters.disconnect.handler(({ input, signal }) => disconnectCluster(core, input, signal)),
  };
}
