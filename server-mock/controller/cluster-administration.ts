import type { InferContractRouterOutputs } from '@orpc/contract';
import type { adminContract } from '../../proxy-core/contract/controller.ts';
import { type Clock, timestamp } from './clock.ts';
import { ControllerError } from './errors.ts';
import type { Hub } from './hub/hub.ts';
import { createJoinToken } from './identity/agent-enrolment.ts';
import { bootstrapYaml } from './import.ts';
import type { PolicyRegistry } from './policy-registry.ts';
import type { Sessions } from './sessions/sessions.ts';
import { removeAgentsOf } from './store/agents.ts';
import { forgetCluster } from './store/clusters.ts';
import type { Store } from './store/open.ts';

export interface ClusterAdministration {
  store: Store;
  policy: PolicyRegistry;
  hub: Hub;
  sessions: Pick<Sessions, 'endWhere' | 'settled'>;
  controllerUrl: () => string;
  clock: Clock;
}

type ClusterList = InferContractRouterOutputs<typeof adminContract>['clusters']['list']['clusters'];

/** Every registered cluster with its agents, by name. */
export function listClusters({ policy, hub }: ClusterAdministration): ClusterList {
  return [...policy.clusters].map(([name, document]) => ({
    name,
    displayName: document.spec?.displayName ?? name,
    labels: document.metadata.labels ?? {},
    ...hub.status(name),
    agents: hub.agents(name),
  }));
}

/** Registers a cluster (or a further agent of a registered one) and makes its agent's bootstrap YAML. */
export async function importCluster(
  input: {
    name: string;
    displayName?: string | undefined;
    labels?: Record<string, string> | undefined;
    image?: string | undefined;
  },
  by: string,
  { store, policy, controllerUrl, clock }: ClusterAdministration,
) {
  await policy.registerCluster(input.name, input, by);
  const { joinToken, expiresAt } = await createJoinToken(input.name, by, { store, clock });
  return {
    name: input.name,
    yaml: bootstrapYaml({ cluster: input.name, controllerUrl: controllerUrl(), joinToken, image: input.image }),
    joinToken,
    joinTokenExpiresAt: expiresAt,
    controllerUrl: controllerUrl(),
  };
}

/**
 * Forgets a cluster: its document goes, its agents and join tokens are refused, its sessions end.
 *
 * @throws {ControllerError} `POSTERN_NOT_FOUND`
 */
export async function removeCluster(
  name: string,
  by: string,
  { store, policy, hub, sessions, clock }: ClusterAdministration,
): Promise<void> {
  // First and for good: were it left to the end, whatever broke off the removal would leave agents that come back with the
  // next import of that name, while its join token, made meanwhile, would be taken for an old one.
  if (policy.clusters.has(name)) await removeAgentsOf(store, name, timestamp(clock.now()));
  await policy.delete('Cluster', name, by);
  // While its agents, shut out but connected, can still be told to delete the accounts.
  await sessions.endWhere(({ record }) => record.cluster === name, 'entitlement-removed');
  await sessions.settled();
  hub.removeCluster(
    name,
    new ControllerError('POSTERN_JOIN_TOKEN_REFUSED', `the cluster ${name} was removed`, { hint: 'import it again' }),
  );
  await forgetCluster(store, name);
}
