import type { AgentStatus } from '../../../proxy-core/contract/agent.ts';
import type { Store } from './open.ts';

/** What was last heard of a cluster, so that a restarted controller can still say what it is while it is offline. */
export interface KnownCluster {
  name: string;
  status: AgentStatus;
  seenAt: string;
}

export async function readKnownClusters(store: Store): Promise<KnownCluster[]> {
  const rows = await store.selectFrom('cluster').selectAll().execute();
  return rows.map((row) => ({ name: row.name, status: JSON.parse(row.status) as AgentStatus, seenAt: row.seen_at }));
}

export async function writeKnownCluster(store: Store, { name, status, seenAt }: KnownCluster): Promise<void> {
  const row = { name, status: JSON.stringify(status), seen_at: seenAt };
  await store
    .insertInto('cluster')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

export async function forgetCluster(store: Store, name: string): Promise<void> {
  await store.deleteFrom('cluster').where('name', '=', name).execute();
}
