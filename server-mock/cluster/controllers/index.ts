import { runDaemonSets } from './daemon-sets.ts';
import type { ControllerDependencies } from './dependencies.ts';
import { runDeployments } from './deployments.ts';
import { runEndpoints } from './endpoints.ts';
import { expireEvents } from './event-expiry.ts';
import { collectGarbage } from './garbage-collection.ts';
import { runJobs } from './jobs.ts';
import { runNamespaces } from './namespaces.ts';
import { renewNodeLeases } from './node-leases.ts';
import { runReplicaSets, runReplicationControllers } from './replica-sets.ts';
import { runScheduler } from './scheduler.ts';
import { runStatefulSets } from './stateful-sets.ts';

/** Runs the controllers that a cluster has around its API server. @returns what stops them all */
export function startControllers(dependencies: ControllerDependencies, certificateAuthority: string): () => void {
  const stops = [
    runNamespaces(dependencies, certificateAuthority),
    collectGarbage(dependencies),
    runDeployments(dependencies),
    runReplicaSets(dependencies),
    runReplicationControllers(dependencies),
    runStatefulSets(dependencies),
    runDaemonSets(dependencies),
    runJobs(dependencies),
    runEndpoints(dependencies),
    runScheduler(dependencies),
    expireEvents(dependencies),
    renewNodeLeases(dependencies),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
