import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SessionDetail } from '../contract/app.ts';
import type { AuditEvent, Command, Session } from '../contract/sessions.ts';
import type { CountedSession, LocalCounts } from './session-counts.ts';
import type { SessionQuery } from './types.ts';

/** What one batch writes. Each row replaces the one before of the same id. */
export interface Batch {
  sessions: Iterable<CountedSession>;
  commands: Iterable<{ command: Command; text: string }>;
  requests: Iterable<{ request: AuditEvent; commandId: string | null }>;
}

export interface Retention {
  maxRequests: number;
  maxAgeMs: number;
  maxBytes: number;
}

const schemaVersion = 1;
/** Waiting for another process's lock holds up the proxy too; what fails now is tried again. */
const busyTimeoutMs = 50;
/** At the start nothing is held up yet, and a log that cannot be opened is in memory until the next one. */
const openTimeoutMs = 2_000;

/**
 * `text` is what a search looks at, `local` what this device counted itself. The rest of a row is its JSON.
 */
const schema = `
  PRAGMA auto_vacuum = INCREMENTAL;
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, ended_at INTEGER, cluster TEXT NOT NULL, local TEXT NOT NULL,
    text TEXT NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sessions_newest ON sessions (started_at DESC, id DESC);
  CREATE TABLE IF NOT EXISTS commands (
    id TEXT PRIMARY KEY, session_id TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
    text TEXT NOT NULL, json TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS commands_of_session ON commands (session_id, started_at);
  CREATE INDEX IF NOT EXISTS commands_by_end ON commands (ended_at);
  CREATE TABLE IF NOT EXISTS requests (
    audit_id TEXT PRIMARY KEY, session_id TEXT, command_id TEXT, started_at INTEGER NOT NULL, completed_at INTEGER,
    json TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS requests_of_session ON requests (session_id, started_at);
  CREATE INDEX IF NOT EXISTS requests_by_age ON requests (started_at);
  CREATE INDEX IF NOT EXISTS requests_running ON requests (audit_id) WHERE completed_at IS NULL;
`;

/** Requests that one step of {@link LogStore.trim} takes away. */
const trimStep = 500;

/** Requests of one session that a detail carries; the newest are kept. */
export const detailLimit = 10_000;

/**
 * The log's file. Synchronous and small-stepped: a batch of a few hundred rows takes about a millisecond.
 *
 * WAL with `synchronous = NORMAL`: what is committed survives the end of the process in any form (kill -9 included); a
 * power cut may cost the last moments, never the file.
 */
export class LogStore {
  readonly #database: DatabaseSync;
  readonly #statements: Record<'session' | 'command' | 'request', StatementSync>;

  /** @param path a file's, or `:memory:` */
  constructor(path: string) {
    if (path !== ':memory:') {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      closeSync(openSync(path, 'a', 0o600));
      if (process.platform !== 'win32') chmodSync(path, 0o600);
    }
    const database = new DatabaseSync(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${openTimeoutMs}; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;`);
      database.exec(schema);
      database.exec(`PRAGMA user_version = ${schemaVersion}; PRAGMA busy_timeout = ${busyTimeoutMs}`);
      this.#statements = {
        session: database.prepare(
          `INSERT INTO sessions (id, started_at, ended_at, cluster, local, text, json) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, ended_at = excluded.ended_at,
             local = excluded.local, text = excluded.text, json = excluded.json`,
        ),
        command: database.prepare(
          `INSERT INTO commands (id, session_id, started_at, ended_at, text, json) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, text = excluded.text, json = excluded.json`,
        ),
        request: database.prepare(
          `INSERT INTO requests (audit_id, session_id, command_id, started_at, completed_at, json) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (audit_id) DO UPDATE SET completed_at = excluded.completed_at, json = excluded.json`,
        ),
      };
    } catch (error) {
      database.close();
      throw error;
    }
    this.#database = database;
  }

  /** All or nothing. */
  write(batch: Batch): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const { session, command, request } = this.#statements;
      for (const { session: row, local } of batch.sessions) {
        session.run(
          row.id,
          at(row.startedAt),
          atOrNull(row.endedAt),
          row.cluster,
          json(local),
          sessionText(row),
          json(row),
        );
      }
      for (const { command: row, text } of batch.commands) {
        command.run(row.id, row.sessionId, at(row.startedAt), atOrNull(row.endedAt), text, json(row));
      }
      for (const { request: row, commandId } of batch.requests) {
        request.run(row.auditId, row.sessionId, commandId, at(row.startedAt), atOrNull(row.completedAt), json(row));
      }
      this.#database.exec('COMMIT');
    } catch (error) {
      // A full disk rolls back by itself, and a second rollback is an error.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  session(id: string): CountedSession | undefined {
    const row = this.#database.prepare('SELECT json, local FROM sessions WHERE id = ?').get(id);
    return row && { session: parse<Session>(row.json), local: parse<LocalCounts>(row.local) };
  }

  runningSessions(): CountedSession[] {
    return this.#database
      .prepare('SELECT json, local FROM sessions WHERE ended_at IS NULL ORDER BY started_at')
      .all()
      .map((row) => ({ session: parse<Session>(row.json), local: parse<LocalCounts>(row.local) }));
  }

  list(query: SessionQuery): { sessions: Session[]; nextCursor: string | null } {
    const where: string[] = [];
    const values: (string | number)[] = [];
    if (query.cluster !== undefined) {
      where.push('cluster = ?');
      values.push(query.cluster);
    }
    if (query.active !== undefined) where.push(query.active ? 'ended_at IS NULL' : 'ended_at IS NOT NULL');
    for (const word of (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8)) {
      where.push(
        `(text LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM commands c WHERE c.session_id = sessions.id AND c.text LIKE ? ESCAPE '\\'))`,
      );
      const pattern = `%${word.replaceAll(/[\\%_]/g, '\\$&')}%`;
      values.push(pattern, pattern);
    }
    const after = parseCursor(query.cursor);
    if (after) {
      where.push('(started_at, id) < (?, ?)');
      values.push(after.startedAt, after.id);
    }
    const condition = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
    const rows = this.#database
      .prepare(`SELECT json FROM sessions ${condition} ORDER BY started_at DESC, id DESC LIMIT ?`)
      .all(...values, query.limit + 1)
      .map((row) => parse<Session>(row.json));
    const sessions = rows.slice(0, query.limit);
    const last = sessions.at(-1);
    return { sessions, nextCursor: rows.length > query.limit && last ? cursorAfter(last) : null };
  }

  detail(id: string): SessionDetail | undefined {
    const found = this.session(id);
    if (found === undefined) return undefined;
    const requests = new Map<string, AuditEvent[]>();
    const rows = this.#database
      .prepare(
        'SELECT command_id, json FROM requests WHERE session_id = ? ORDER BY started_at DESC, audit_id DESC LIMIT ?',
      )
      .all(id, detailLimit);
    for (const row of rows.reverse()) {
      const commandId = String(row.command_id);
      const list = requests.get(commandId);
      if (list) list.push(parse(row.json));
      else requests.set(commandId, [parse(row.json)]);
    }
    const commands = this.#database
      .prepare('SELECT json FROM commands WHERE session_id = ? ORDER BY started_at DESC, id DESC LIMIT ?')
      .all(id, detailLimit)
      .reverse()
      .map((row) => parse<Command>(row.json));
    return {
      session: found.session,
      commands: commands.map((command) => ({ ...command, requests: requests.get(command.id) ?? [] })),
    };
  }

  /** What a run of Postern left unfinished when it was ended by force is finished now, and says so. */
  closeInterrupted(): void {
    this.#database.exec(`
      PRAGMA busy_timeout = ${openTimeoutMs};
      BEGIN IMMEDIATE;
      UPDATE requests SET json = json_set(json, '$.completedAt',
          strftime('%Y-%m-%dT%H:%M:%fZ', (SELECT max(started_at) FROM requests) / 1000.0, 'unixepoch'),
          '$.reason', coalesce(json ->> '$.reason', 'Postern stopped before the request ended')),
        completed_at = (SELECT max(started_at) FROM requests)
        WHERE completed_at IS NULL;
      UPDATE commands SET json = json_set(json, '$.outcome', 'failed', '$.endedAt',
          strftime('%Y-%m-%dT%H:%M:%fZ', max(started_at, (SELECT coalesce(max(started_at), 0) FROM requests)) / 1000.0, 'unixepoch')),
        ended_at = max(started_at, (SELECT coalesce(max(started_at), 0) FROM requests))
        WHERE ended_at IS NULL;
      COMMIT;
      PRAGMA busy_timeout = ${busyTimeoutMs};`);
  }

  /** Takes the oldest away in small steps. @returns true where more may be left to take away */
  trim({ maxRequests, maxAgeMs, maxBytes }: Retention, nowMs: number): boolean {
    const old = nowMs - maxAgeMs;
    const surplus =
      this.#usedBytes() > maxBytes ? trimStep : this.#number('SELECT count(*) FROM requests') - maxRequests;
    // Two statements: for "too old or too many" in one, SQLite walks the whole index and holds up the proxy.
    const { changes } =
      surplus > 0
        ? this.#deleteRequests('completed_at IS NOT NULL', Math.min(surplus, trimStep))
        : this.#deleteRequests(`completed_at IS NOT NULL AND started_at < ${old}`, trimStep);
    if (Number(changes) === 0) return false;
    this.#database.exec(`
      DELETE FROM commands WHERE ended_at < (SELECT coalesce(min(started_at), ${nowMs}) FROM requests);
      DELETE FROM sessions WHERE ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM commands c WHERE c.session_id = sessions.id)
        AND ended_at < ${old};
      PRAGMA incremental_vacuum(200);`);
    // What is too old comes after what is too much.
    return surplus > 0 || Number(changes) === trimStep;
  }

  /** The oldest that meet the condition. */
  #deleteRequests(condition: string, limit: number): { changes: number | bigint } {
    const oldest = `SELECT audit_id FROM requests WHERE ${condition} ORDER BY started_at LIMIT ?`;
    return this.#database.prepare(`DELETE FROM requests WHERE audit_id IN (${oldest})`).run(limit);
  }

  #usedBytes(): number {
    const pages = this.#number('PRAGMA page_count') - this.#number('PRAGMA freelist_count');
    return pages * this.#number('PRAGMA page_size');
  }

  #number(sql: string): number {
    return Number(Object.values(this.#database.prepare(sql).get() ?? {})[0] ?? 0);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function sessionText({ id, user, cluster, role, grant, reason }: Session): string {
  return [id, user, cluster, role, grant, reason ?? ''].join('\n').toLowerCase();
}

const at = (time: string): number => Date.parse(time);
const atOrNull = (time: string | null): number | null => (time === null ? null : Date.parse(time));
const json = (row: object): string => JSON.stringify(row);
const parse = <Row>(text: unknown): Row => JSON.parse(String(text)) as Row;

function cursorAfter({ startedAt, id }: Session): string {
  return Buffer.from(`${at(startedAt)} ${id}`).toString('base64url');
}

/** A cursor that is not one of ours starts at the beginning. */
function parseCursor(cursor: string | undefined): { startedAt: number; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [, startedAt, id] = /^(\d{1,16}) ([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return startedAt === undefined || id === undefined ? undefined : { startedAt: Number(startedAt), id };
}
