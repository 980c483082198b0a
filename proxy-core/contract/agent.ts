import * as z from 'zod';
import { policyRule, roleSpec } from './policy.ts';

/**
 * What the controller says to an agent, inside the agent's reversed tunnel. Two stream targets, HTTP/1.1 in both:
 *
 * - `control`: `PUT /sessions/<id>` with {@link agentSession}; `DELETE /sessions/<id>` (204; the account is deleted before
 *   the answer); `GET /cluster-roles/<name>` → {@link agentClusterRole} or 404; `GET /status` → {@link agentStatus}.
 * - `kubernetes`: the user's requests as they are, with the header {@link sessionHeader}. Where the agent does not know the
 *   session it answers 409 with {@link agentErrorHeader}: POSTERN_AGENT_SESSION_UNKNOWN before it reads a body.
 *
 * Failed control calls answer with a JSON `WireError`.
 */
export const agentSession = z.object({
  id: z.uuid(),
  user: z.string().min(1),
  groups: z.array(z.string()),
  role: z.string(),
  roleSpec,
  /** The role used where a context names none gets the plain account name; others get `<name>.<role>`. */
  isDefaultRole: z.boolean(),
  /** The account goes at this moment even when the controller is away; null for no fixed end. */
  expiresAt: z.iso.datetime().nullable(),
  idleTimeoutMs: z.int().positive(),
});
export type AgentSession = z.infer<typeof agentSession>;

export const agentClusterRole = z.object({ name: z.string(), rules: z.array(policyRule) });
export type AgentClusterRole = z.infer<typeof agentClusterRole>;

export const agentStatus = z.object({
  kubernetesVersion: z.string().nullable(),
  /** Round trip agent → API server. */
  latencyMs: z.number().nonnegative().nullable(),
  emulated: z.boolean(),
  insecureSkipTlsVerify: z.boolean(),
  agentVersion: z.string(),
  /** Why the API server cannot be reached, else null. */
  problem: z.string().nullable(),
});
export type AgentStatus = z.infer<typeof agentStatus>;
