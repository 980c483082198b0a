import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

/** The thread that holds the SQLite connection, so that no `fsync` ever stops the controller's event loop. */

export type SqliteRequest =
  | { id: number; kind: 'query'; sql: string; parameters: SQLInputValue[] }
  /** Fine where SQLite has rolled back by itself already, as on a full disk. */
  | { id: number; kind: 'rollback' }
  | { id: number; kind: 'close' };

export type SqliteResponse =
  | { id: number; kind: 'result'; rows: unknown[]; changes: bigint; lastInsertRowid: bigint }
  | { id: number; kind: 'error'; message: string; code: string | undefined };

/** Kysely writes the same few texts again and again; parsing each anew would cost more than running it. */
const keptStatements = 200;

const nothing: Omit<Extract<SqliteResponse, { kind: 'result' }>, 'id'> = {
  kind: 'result',
  rows: [],
  changes: 0n,
  lastInsertRowid: 0n,
};

const port = parentPort!;
const database = new DatabaseSync((workerData as { path: string }).path, { timeout: 5_000 });
database.exec('pragma journal_mode = wal');
// FULL: a commit is on disk before it is acknowledged, so that a power cut loses nothing either.
database.exec('pragma synchronous = full');
database.exec('pragma foreign_keys = on');

const statements = new Map<string, StatementSync>();

port.on('message', (request: SqliteRequest) => {
  try {
    port.postMessage(answer(request));
  } catch (error) {
    const { message, errcode, code } = error as Error & { errcode?: number; code?: string };
    const failure: SqliteResponse = {
      id: request.id,
      kind: 'error',
      message,
      code: errcode === undefined ? code : String(errcode),
    };
    port.postMessage(failure);
  }
});
port.postMessage({ id: 0, ...nothing } satisfies SqliteResponse);

function answer(request: SqliteRequest): SqliteResponse {
  switch (request.kind) {
    case 'query': {
      const statement = prepared(request.sql);
      if (statement.columns().length > 0) {
        const rows = statement.all(...request.parameters);
        return { id: request.id, kind: 'result', rows, changes: 0n, lastInsertRowid: 0n };
      }
      const { changes, lastInsertRowid } = statement.run(...request.parameters);
      return {
        id: request.id,
        kind: 'result',
        rows: [],
        changes: BigInt(changes),
        lastInsertRowid: BigInt(lastInsertRowid),
      };
    }
    case 'rollback':
      if (database.isTransaction) database.exec('rollback');
      return { id: request.id, ...nothing };
    case 'close':
      statements.clear();
      database.close();
      // Lets the thread end once the answer is out.
      port.unref();
      return { id: request.id, ...nothing };
    default:
      return request satisfies never;
  }
}

function prepared(sql: string): StatementSync {
  const kept = statements.get(sql);
  if (kept) return kept;
  const statement = database.prepare(sql);
  statements.set(sql, statement);
  if (statements.size > keptStatements) statements.delete(statements.keys().next().value!);
  return statement;
}
