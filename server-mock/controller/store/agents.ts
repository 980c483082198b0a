import type { Selectable } from 'kysely';
import type { Store } from './open.ts';
import type { AgentTable } from './tables.ts';

export type AgentRow = Selectable<AgentTable>;

export async function findAgent(store: Store, id: string): Promise<AgentRow | undefined> {
  return store.selectFrom('agent').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function writeAgent(store: Store, agent: AgentRow): Promise<void> {
  await store.insertInto('agent').values(agent).execute();
}

/** Writes an agent's next certificate down. @returns false where the agent has been removed: it stays removed */
export async function writeAgentRenewal(
  store: Store,
  { id, key_thumbprint, certificate_expires_at }: Pick<AgentRow, 'id' | 'key_thumbprint' | 'certificate_expires_at'>,
): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('agent')
    .set({ key_thumbprint, certificate_expires_at })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Refuses every agent and every unused join token of a cluster from now on. */
export async function removeAgentsOf(store: Store, cluster: string, at: string): Promise<void> {
  await store.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('agent')
      .set({ removed_at: at })
      .where('cluster', '=', cluster)
      .where('removed_at', 'is', null)
      .execute();
    await transaction.deleteFrom('join_token').where('cluster', '=', cluster).where('used_at', 'is', null).execute();
  });
}

export async function writeJoinToken(
  store: Store,
  token: { hash: string; cluster: string; created_at: string; created_by: string; expires_at: string },
): Promise<void> {
  await store
    .insertInto('join_token')
    .values({ ...token, used_at: null })
    .execute();
}

/** Uses a join token up, if it is there, unused and not expired: one statement, so that of two users one gets it. */
export async function takeJoinToken(store: Store, hash: string, now: string): Promise<{ cluster: string } | undefined> {
  return store
    .updateTable('join_token')
    .set({ used_at: now })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('cluster')
    .executeTakeFirst();
}
