import { expect, test } from 'vitest';
import type { AgentStatus } from '../../../proxy-core/contract/agent.ts';
import { agentCalls } from './agent-calls.ts';
import type { AgentLink } from './agent-link.ts';

const status: AgentStatus = {
  kubernetesVersion: 'v1.34.1',
  latencyMs: 1,
  emulated: false,
  insecureSkipTlsVerify: false,
  agentVersion: '1',
  problem: null,
};

/** What is read of an agent that answers so. */
function statusOf(answer: AgentStatus): Promise<AgentStatus> {
  const control = async () => new Response(JSON.stringify(answer));
  return agentCalls.status({ cluster: 'prod', control } as Pick<AgentLink, 'cluster' | 'control'> as AgentLink);
}

test('what an agent says of itself, which every user of the cluster is told and the store keeps, stays short', async () => {
  expect(await statusOf(status)).toEqual(status);
  const long = 'x'.repeat(1_000_000);
  const told = await statusOf({ ...status, kubernetesVersion: long, agentVersion: long, problem: long });
  expect(JSON.stringify(told).length).toBeLessThan(2_000);
});
