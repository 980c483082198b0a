import type { V1Secret } from '@kubernetes/client-node';
import { managedBy, managedByLabel } from './account-objects.ts';
import { type AgentState, agentState, type StateStore } from './agent-state.ts';
import { AgentError } from './errors.ts';
import { type KubernetesApi, kubernetesCall, statusOf, unlessMissing } from './kubernetes-api.ts';
import { stateSecretName } from './permissions.ts';

const dataKey = 'agent.json';

/** Keeps the state in a Secret of the agent's own namespace, so that a rescheduled pod is the same agent. */
export function stateSecret({ core }: Pick<KubernetesApi, 'core'>, namespace: string): StateStore {
  const where = `secret ${namespace}/${stateSecretName}`;
  const secret = (state: AgentState): V1Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    metadata: { name: stateSecretName, namespace, labels: { [managedByLabel]: managedBy } },
    data: { [dataKey]: Buffer.from(JSON.stringify(state)).toString('base64') },
  });
  return {
    async read() {
      const found = await kubernetesCall(`read ${where}`, () =>
        unlessMissing(core.readNamespacedSecret({ name: stateSecretName, namespace })),
      );
      const data = found?.data?.[dataKey];
      if (data === undefined) return undefined;
      try {
        return agentState.parse(JSON.parse(Buffer.from(data, 'base64').toString('utf8')));
      } catch (cause) {
        throw new AgentError('POSTERN_STATE_UNREADABLE', `${where} is damaged`, {
          cause,
          hint: 'delete it and import the cluster again',
        });
      }
    },
    async write(state) {
      const body = secret(state);
      await kubernetesCall(`write ${where}`, async () => {
        try {
          await core.replaceNamespacedSecret({ name: stateSecretName, namespace, body });
        } catch (error) {
          if (statusOf(error) !== 404) throw error;
          await core.createNamespacedSecret({ namespace, body });
        }
      });
    },
  };
}
