import type * as z from 'zod';
import type { Revocation, storedRevocation } from '../../../proxy-core/contract/controller.ts';
import type { Store } from './open.ts';

export type StoredRevocation = z.infer<typeof storedRevocation>;

export async function readRevocations(store: Store): Promise<StoredRevocation[]> {
  const rows = await store.selectFrom('revocation').selectAll().orderBy('created_at').execute();
  return rows.map((row) => ({
    revocation: { kind: row.kind, name: row.name } as Revocation,
    createdAt: row.created_at,
    createdBy: row.created_by,
  }));
}

export async function writeRevocation(
  store: Store,
  { revocation, createdAt, createdBy }: StoredRevocation,
): Promise<void> {
  await store
    .insertInto('revocation')
    .values({ ...revocation, created_at: createdAt, created_by: createdBy })
    .onConflict((conflict) => conflict.columns(['kind', 'name']).doNothing())
    .execute();
}

export async function deleteRevocation(store: Store, { kind, name }: Revocation): Promise<void> {
  await store.deleteFrom('revocation').where('kind', '=', kind).where('name', '=', name).execute();
}
