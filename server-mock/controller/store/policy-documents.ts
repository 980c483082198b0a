import { isDeepStrictEqual } from 'node:util';
import type { PolicyDocument, PolicyKind, StoredDocument } from '../../../proxy-core/contract/policy.ts';
import { uuidv7 } from '../../../proxy-core/tunnel/index.ts';
import { checkReferences } from '../policy/documents.ts';
import type { Store } from './open.ts';

export interface DocumentChange {
  kind: PolicyKind;
  name: string;
  change: 'created' | 'updated' | 'unchanged';
  version: number;
}

export async function readDocuments(store: Store): Promise<StoredDocument[]> {
  const rows = await store.selectFrom('policy_document').selectAll().orderBy('kind').orderBy('name').execute();
  return rows.map((row) => ({
    document: JSON.parse(row.document) as PolicyDocument,
    version: row.version,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
  }));
}

/**
 * Creates or updates, all or none; every new version is kept with who made it.
 *
 * @throws {GatewayError} `POSTERN_POLICY_INVALID` where the documents would not go with those that are there
 */
export async function applyDocuments(
  store: Store,
  documents: readonly PolicyDocument[],
  by: (document: PolicyDocument) => string,
  at: string,
  mode: 'apply' | 'dry-run',
): Promise<DocumentChange[]> {
  return store.transaction().execute(async (transaction) => {
    const present = (await readDocuments(transaction)).map(({ document }) => document);
    const kept = present.filter((each) => !documents.some((document) => isSame(document, each)));
    checkReferences(documents, [...kept, ...documents]);
    const changes: DocumentChange[] = [];
    for (const document of documents) {
      const { kind } = document;
      const { name } = document.metadata;
      const before = await transaction
        .selectFrom('policy_document')
        .select(['version', 'document'])
        .where('kind', '=', kind)
        .where('name', '=', name)
        .executeTakeFirst();
      if (before && isDeepStrictEqual(JSON.parse(before.document), document)) {
        changes.push({ kind, name, change: 'unchanged', version: before.version });
        continue;
      }
      const change = before ? ('updated' as const) : ('created' as const);
      const version = (await lastVersion(transaction, kind, name)) + 1;
      changes.push({ kind, name, change, version });
      if (mode === 'dry-run') continue;
      const text = JSON.stringify(document);
      const changedBy = by(document);
      await transaction
        .insertInto('policy_document')
        .values({ kind, name, version, document: text, updated_at: at, updated_by: changedBy })
        .onConflict((conflict) =>
          conflict
            .columns(['kind', 'name'])
            .doUpdateSet({ version, document: text, updated_at: at, updated_by: changedBy }),
        )
        .execute();
      await transaction
        .insertInto('policy_change')
        .values({ id: uuidv7(), kind, name, version, change, document: text, changed_at: at, changed_by: changedBy })
        .execute();
    }
    return changes;
  });
}

/**
 * @returns whether there was one
 * @throws {GatewayError} `POSTERN_POLICY_INVALID` where another document needs it
 */
export async function deleteDocument(
  store: Store,
  kind: PolicyKind,
  name: string,
  by: string,
  at: string,
): Promise<boolean> {
  return store.transaction().execute(async (transaction) => {
    const { numDeletedRows } = await transaction
      .deleteFrom('policy_document')
      .where('kind', '=', kind)
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) return false;
    const kept = (await readDocuments(transaction)).map(({ document }) => document);
    if (kind === 'Role') checkReferences(kept.filter(isGrantOf(name)), kept);
    const version = (await lastVersion(transaction, kind, name)) + 1;
    await transaction
      .insertInto('policy_change')
      .values({ id: uuidv7(), kind, name, version, change: 'deleted', document: null, changed_at: at, changed_by: by })
      .execute();
    return true;
  });
}

function isGrantOf(role: string): (document: PolicyDocument) => boolean {
  return (document) => document.kind === 'Grant' && document.spec.role === role;
}

function isSame(one: PolicyDocument, other: PolicyDocument): boolean {
  return one.kind === other.kind && one.metadata.name === other.metadata.name;
}

/** Counts on over deletions, so that a version of a name means one document for ever. */
async function lastVersion(store: Store, kind: string, name: string): Promise<number> {
  const row = await store
    .selectFrom('policy_change')
    .select(({ fn }) => fn.max('version').as('version'))
    .where('kind', '=', kind)
    .where('name', '=', name)
    .executeTakeFirst();
  return Number(row?.version ?? 0);
}
