import * as z from 'zod';

/** What an agent keeps between runs: who it is to its controller. */
export const agentState = z.object({
  cluster: z.string(),
  /** PEM, all three. */
  key: z.string(),
  certificate: z.string(),
  ca: z.string(),
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** `https://host:port` that it joined. */
  controller: z.string(),
  replicas: z.array(z.string()).min(1),
  /** SHA-256 of the join token that it was last given, by which a new one is told. */
  joinTokenHash: z.string().nullable().default(null),
});
export type AgentState = z.infer<typeof agentState>;

/** Where the state is kept: a folder beside the cluster, a Secret inside it. */
export interface StateStore {
  /** @throws {AgentError} `POSTERN_STATE_UNREADABLE`, `POSTERN_AGENT_KUBERNETES` */
  read(): Promise<AgentState | undefined>;
  /** Whole or not at all. @throws {AgentError} `POSTERN_STATE_UNWRITABLE`, `POSTERN_AGENT_KUBERNETES` */
  write(state: AgentState): Promise<void>;
}
