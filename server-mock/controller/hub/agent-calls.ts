import * as z from 'zod';
import {
  type AgentClusterRole,
  type AgentSession,
  type AgentStatus,
  agentClusterRole,
  agentStatus,
} from '../../../proxy-core/contract/agent.ts';
import { fromWireError } from '../../../proxy-core/contract/errors.ts';
import { ControllerError } from '../errors.ts';
import type { AgentLink } from './agent-link.ts';

/** Making an account takes several calls to an API server that may be far away and busy. */
const callTimeoutMs = 15_000;
const maxAnswerBytes = 4 * 1024 * 1024;
/** Of each text in a status: it is kept, and pushed to every user of the cluster whenever it changes. */
const maxStatusText = 500;

/** The controller's calls to one agent (contract: proxy-core/contract/agent.ts). Each throws what the agent answers. */
export const agentCalls = {
  async announce(link: AgentLink, session: AgentSession): Promise<void> {
    await call(link, 'PUT', `/sessions/${session.id}`, session);
  },

  /** The account is gone when this returns. */
  async forget(link: AgentLink, sessionId: string): Promise<void> {
    await call(link, 'DELETE', `/sessions/${sessionId}`);
  },

  /** Undefined where the cluster has no such ClusterRole. */
  async clusterRole(link: AgentLink, name: string): Promise<AgentClusterRole | undefined> {
    const answer = await call(link, 'GET', `/cluster-roles/${encodeURIComponent(name)}`, undefined, 404);
    return answer === undefined ? undefined : read(link, agentClusterRole, answer);
  },

  async status(link: AgentLink): Promise<AgentStatus> {
    const status = read(link, agentStatus, await call(link, 'GET', '/status'));
    return {
      ...status,
      kubernetesVersion: status.kubernetesVersion?.slice(0, maxStatusText) ?? null,
      agentVersion: status.agentVersion.slice(0, maxStatusText),
      problem: status.problem?.slice(0, maxStatusText) ?? null,
    };
  },
};

async function call(link: AgentLink, method: string, path: string, body?: unknown, absent?: number): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await link.control(`http://postern${path}`, {
      method,
      signal: AbortSignal.timeout(callTimeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    text = await readText(response);
  } catch (cause) {
    throw new ControllerError('POSTERN_CLUSTER_OFFLINE', `the agent of cluster ${link.cluster} does not answer`, {
      cause,
      hint: 'try again in a moment',
    });
  }
  if (response.status === absent) return undefined;
  if (response.ok) return text === '' ? null : parse(link, text);
  throw fromWireError(parse(link, text));
}

async function readText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > maxAnswerBytes) throw new Error('the answer is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(link: AgentLink, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(link, cause);
  }
}

function read<T>(link: AgentLink, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(link, new Error(z.prettifyError(parsed.error)));
}

function unreadable(link: AgentLink, cause: unknown): ControllerError {
  return new ControllerError(
    'POSTERN_AGENT_KUBERNETES',
    `the agent of cluster ${link.cluster} gave an answer that cannot be read`,
    { cause },
  );
}
