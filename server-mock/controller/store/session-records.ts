import type { Selectable } from 'kysely';
import type { Session, SessionEndReason } from '../../../proxy-core/contract/sessions.ts';
import { type Cursor, pageOf, readCursor } from './cursor.ts';
import type { Store } from './open.ts';
import type { SessionTable } from './tables.ts';

export async function writeSession(store: Store, session: Session): Promise<void> {
  const row = rowOf(session);
  await store
    .insertInto('session')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export async function readActiveSessions(store: Store): Promise<Session[]> {
  const rows = await store.selectFrom('session').selectAll().where('ended_at', 'is', null).execute();
  return rows.map(sessionOf);
}

export async function findSession(store: Store, id: string): Promise<Session | undefined> {
  const row = await store.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirst();
  return row && sessionOf(row);
}

/** Newest first. */
export async function listSessions(
  store: Store,
  query: {
    user?: string | undefined;
    cluster?: string | undefined;
    active?: boolean | undefined;
    cursor?: string | undefined;
    limit: number;
  },
): Promise<{ sessions: Session[]; nextCursor: string | null }> {
  let select = store.selectFrom('session').selectAll();
  if (query.user !== undefined) select = select.where('person', '=', query.user);
  if (query.cluster !== undefined) select = select.where('cluster', '=', query.cluster);
  if (query.active !== undefined) select = select.where('ended_at', query.active ? 'is' : 'is not', null);
  if (query.cursor !== undefined) {
    const { at, id } = readCursor(query.cursor);
    select = select.where((e) => e.or([e('started_at', '<', at), e.and([e('started_at', '=', at), e('id', '<', id)])]));
  }
  const rows = await select
    .orderBy('started_at', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1)
    .execute();
  const page = pageOf(rows, query.limit, (row): Cursor => ({ at: row.started_at, id: row.id }));
  return { sessions: page.rows.map(sessionOf), nextCursor: page.nextCursor };
}

function rowOf(session: Session): Selectable<SessionTable> {
  return {
    id: session.id,
    person: session.user,
    device_id: session.device.id,
    device_name: session.device.name,
    source_address: session.sourceAddress,
    cluster: session.cluster,
    role: session.role,
    grant_name: session.grant,
    reason: session.reason,
    started_at: session.startedAt,
    last_active_at: session.lastActiveAt,
    ended_at: session.endedAt,
    end_reason: session.endReason,
    expires_at: session.expiresAt,
    request_count: session.requestCount,
    denied_count: session.deniedCount,
    bytes_in: session.bytesIn,
    bytes_out: session.bytesOut,
  };
}

function sessionOf(row: Selectable<SessionTable>): Session {
  return {
    id: row.id,
    user: row.person,
    device: { id: row.device_id, name: row.device_name },
    sourceAddress: row.source_address,
    cluster: row.cluster,
    role: row.role,
    grant: row.grant_name,
    reason: row.reason,
    startedAt: row.started_at,
    lastActiveAt: row.last_active_at,
    endedAt: row.ended_at,
    endReason: row.end_reason as SessionEndReason | null,
    expiresAt: row.expires_at,
    requestCount: row.request_count,
    deniedCount: row.denied_count,
    bytesIn: Number(row.bytes_in),
    bytesOut: Number(row.bytes_out),
  };
}
