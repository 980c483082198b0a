import { CompiledQuery } from 'kysely';
import type { Logger } from 'pino';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { uuidv7 } from '../../../proxy-core/tunnel/index.ts';
import { type Clock, timestamp } from '../clock.ts';
import { ControllerError } from '../errors.ts';
import { type Cursor, pageOf, readCursor } from './cursor.ts';
import type { Store } from './open.ts';
import type { AuditEventTable } from './tables.ts';

export type AuditMode = 'batched' | 'strict';

/** An event is on disk at most this long after it came, commit included. */
const batchDelayMs = 25;
/**
 * A request that has only just begun has most likely ended when the next batch is written: then it is one row written
 * once, instead of twice. With the delay this bounds what a start may wait.
 */
const startGraceMs = 15;
/** Events in one transaction. */
const batchSize = 500;
/** Events that may wait for the disk; past this, a request waits for room before it starts. */
export const maxQueuedEvents = 5_000;
const retryDelayMs = { first: 250, most: 5_000 };

interface Entry {
  readonly id: string;
  readonly event: AuditEvent;
  /** `changed`: in a batch that is being written, and to be written once more after it. */
  state: 'queued' | 'in-batch' | 'changed' | 'written';
  /** On the monotonic clock. */
  queuedMs: number;
  /** Whether it had ended when it was last taken into a batch. */
  hasEnded: boolean;
  /** Made where somebody waits for the event to be on disk. */
  settled: PromiseWithResolvers<void> | undefined;
}

export interface RunningEvent {
  /** Called once. The log sees to it that the completion gets to disk, however long that takes. */
  complete(changes?: Partial<AuditEvent>): void;
  /** Resolves once what is known of the event is on disk. Rejects where the disk refuses it, for now. */
  written(): Promise<void>;
}

/**
 * Writes audit events in batches: one transaction for all that came while the one before was under way. An event is
 * written when its request starts and again when it ends, so that what runs is visible; where both fall into one
 * batch, one row is written once.
 *
 * While the disk refuses, events stay in memory and are written as soon as it accepts again. With the queue full, and
 * in `strict` mode at once, new requests are refused: nothing runs that could not be recorded.
 */
export class AuditLog {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #mode: AuditMode;
  /**
   * Oldest first. An array that is replaced at each batch: the tables of a `Map` that much passes through hang together, so
   * that one which grew old kept all that came after it, and the heap grew by 5 KB a request until a full collection.
   */
  #queue: Entry[] = [];
  #inBatch: readonly Entry[] = [];
  #room: PromiseWithResolvers<void> | undefined;
  #writing: Promise<void> | undefined;
  #timer: unknown;
  #failures = 0;
  #isFlushing = false;
  /** By number of events. */
  readonly #statements = new Map<number, string>();

  constructor(options: { store: Store; clock: Clock; logger: Logger; mode: AuditMode }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#mode = options.mode;
  }

  /** False while the disk refuses what is queued. */
  get healthy(): boolean {
    return this.#failures === 0;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /**
   * Records that a request starts; in `strict` mode, returns when that is on disk. The event stays its owner's, who goes
   * on filling it in: a row shows what was known when it was written.
   *
   * @throws {ControllerError} `POSTERN_STORE_FAILED`: the request must not run
   */
  begin(event: AuditEvent): RunningEvent | Promise<RunningEvent> {
    if (this.#mode === 'strict' || this.#queue.length >= maxQueuedEvents) return this.#beginInTime(event);
    return this.#running(event);
  }

  async #beginInTime(event: AuditEvent): Promise<RunningEvent> {
    await this.#untilRoom();
    const running = this.#running(event);
    if (this.#mode === 'strict') {
      if (!this.healthy) throw this.#full();
      await running.written().catch((cause: unknown) => {
        throw this.#full(cause);
      });
    }
    return running;
  }

  #running(event: AuditEvent): RunningEvent {
    const entry = this.#entryOf(event);
    return {
      complete: (changes) => {
        if (changes !== undefined) Object.assign(event, changes);
        this.#enqueue(entry);
      },
      written: () => writing(entry),
    };
  }

  /** Records a request that ends as it starts: a denial. Resolves as {@link begin} does. */
  async record(event: AuditEvent): Promise<void> {
    await this.#untilRoom();
    const entry = this.#entryOf(event);
    if (this.#mode === 'strict') await writing(entry);
  }

  /** Writes everything queued now. Rejects where the disk refuses. */
  async flush(): Promise<void> {
    const waiting = [...this.#inBatch, ...this.#queue].map(writing);
    this.#isFlushing = true;
    try {
      this.#write();
      await Promise.all(waiting);
      await this.#writing;
    } finally {
      this.#isFlushing = false;
    }
  }

  /** Writes out the queue and stops. What the disk refuses even now is logged as lost. */
  async close(): Promise<void> {
    await this.flush().catch((error: unknown) => {
      this.#logger.error(
        { err: error, events: this.#queue.length },
        'audit events could not be written before the end',
      );
    });
    this.#clock.clearTimeout(this.#timer);
  }

  /** Events that a controller left running when it died are completed: nothing of it runs any more. */
  async completeInterrupted(): Promise<number> {
    let completed = 0;
    for (;;) {
      const rows = await this.#store
        .selectFrom('audit_event')
        .select(['id', 'event'])
        .where('completed_at', 'is', null)
        .limit(batchSize)
        .execute();
      if (rows.length === 0) return completed;
      const completedAt = timestamp(this.#clock.now());
      await this.#insert(
        rows.map((row) => ({
          id: row.id,
          event: {
            ...(JSON.parse(row.event) as AuditEvent),
            completedAt,
            decision: 'failed',
            reason: 'the controller stopped while the request ran; its end was not seen',
          },
        })),
      );
      completed += rows.length;
    }
  }

  /** Newest first. */
  async list(query: {
    sessionId?: string | undefined;
    user?: string | undefined;
    cluster?: string | undefined;
    decision?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }): Promise<{ events: AuditEvent[]; nextCursor: string | null }> {
    let select = this.#store.selectFrom('audit_event').select(['id', 'started_at', 'event']);
    if (query.sessionId !== undefined) select = select.where('session_id', '=', query.sessionId);
    if (query.user !== undefined) select = select.where('person', '=', query.user);
    if (query.cluster !== undefined) select = select.where('cluster', '=', query.cluster);
    if (query.decision !== undefined) select = select.where('decision', '=', query.decision);
    if (query.cursor !== undefined) {
      const { at, id } = readCursor(query.cursor);
      select = select.where((e) =>
        e.or([e('started_at', '<', at), e.and([e('started_at', '=', at), e('id', '<', id)])]),
      );
    }
    const rows = await select
      .orderBy('started_at', 'desc')
      .orderBy('id', 'desc')
      .limit(query.limit + 1)
      .execute();
    return eventPage(rows, query.limit);
  }

  /** Oldest first. */
  async ofSession(
    sessionId: string,
    query: { cursor?: string | undefined; limit: number },
  ): Promise<{ events: AuditEvent[]; nextCursor: string | null }> {
    let select = this.#store
      .selectFrom('audit_event')
      .select(['id', 'started_at', 'event'])
      .where('session_id', '=', sessionId);
    if (query.cursor !== undefined) {
      const { at, id } = readCursor(query.cursor);
      select = select.where((e) =>
        e.or([e('started_at', '>', at), e.and([e('started_at', '=', at), e('id', '>', id)])]),
      );
    }
    const rows = await select
      .orderBy('started_at')
      .orderBy('id')
      .limit(query.limit + 1)
      .execute();
    return eventPage(rows, query.limit);
  }

  async #untilRoom(): Promise<void> {
    while (this.#queue.length >= maxQueuedEvents) {
      if (!this.healthy) throw this.#full();
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
  }

  #entryOf(event: AuditEvent): Entry {
    const entry: Entry = { id: uuidv7(), event, state: 'written', queuedMs: 0, hasEnded: false, settled: undefined };
    this.#enqueue(entry);
    return entry;
  }

  #enqueue(entry: Entry): void {
    if (entry.state === 'in-batch') entry.state = 'changed';
    else if (entry.state === 'written') {
      entry.state = 'queued';
      entry.queuedMs = performance.now();
      this.#queue.push(entry);
    }
    if (this.#mode === 'strict' || this.#queue.length >= batchSize) this.#write();
    else this.#schedule(batchDelayMs);
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#writing) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, delayMs);
  }

  #write(): void {
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
      if (this.#queue.length > 0) this.#schedule(this.healthy ? batchDelayMs : this.#retryDelay());
    });
  }

  async #drain(): Promise<void> {
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      this.#inBatch = batch;
      try {
        await this.#insert(batch);
      } catch (error) {
        this.#failed(batch, error);
        return;
      } finally {
        this.#inBatch = [];
      }
      if (!this.healthy) this.#logger.info('audit events are written again');
      this.#failures = 0;
      this.#written(batch);
      this.#room?.resolve();
      this.#room = undefined;
    }
  }

  #takeBatch(): Entry[] {
    const batch: Entry[] = [];
    const later: Entry[] = [];
    const mayWait = this.#mode === 'batched' && !this.#isFlushing && this.#queue.length < batchSize;
    const before = performance.now() - startGraceMs;
    for (const entry of this.#queue) {
      const waits = mayWait && entry.event.completedAt === null && entry.queuedMs > before;
      if (waits || batch.length === batchSize) later.push(entry);
      else {
        entry.state = 'in-batch';
        entry.hasEnded = entry.event.completedAt !== null;
        batch.push(entry);
      }
    }
    this.#queue = later;
    return batch;
  }

  #written(batch: readonly Entry[]): void {
    for (const entry of batch) {
      // Of a request that was refused because its start was not written in time, nobody tells the end.
      const isChanged = entry.state === 'changed' || (!entry.hasEnded && entry.event.completedAt !== null);
      entry.state = 'written';
      if (isChanged) {
        this.#enqueue(entry);
        continue;
      }
      entry.settled?.resolve();
      entry.settled = undefined;
    }
  }

  #failed(batch: readonly Entry[], error: unknown): void {
    this.#failures += 1;
    this.#logger.error(
      { err: error, events: batch.length + this.#queue.length },
      'audit events cannot be written; they wait in memory',
    );
    this.#queue = [...batch, ...this.#queue];
    for (const entry of this.#queue) {
      const { settled } = entry;
      entry.state = 'queued';
      entry.settled = undefined;
      settled?.reject(error as Error);
    }
    this.#room?.reject(this.#full());
    this.#room = undefined;
  }

  #retryDelay(): number {
    return Math.min(retryDelayMs.first * 2 ** (this.#failures - 1), retryDelayMs.most);
  }

  async #insert(entries: readonly Pick<Entry, 'id' | 'event'>[]): Promise<void> {
    const parameters = entries.flatMap(({ id, event }) => Object.values(rowOf(id, event)));
    await this.#store.executeQuery(CompiledQuery.raw(this.#statementFor(entries), parameters));
  }

  /** Compiled once for each number of events: Kysely takes longer to write the statement than SQLite to run it. */
  #statementFor(entries: readonly Pick<Entry, 'id' | 'event'>[]): string {
    let sql = this.#statements.get(entries.length);
    if (sql === undefined) {
      sql = this.#compile(entries);
      this.#statements.set(entries.length, sql);
    }
    return sql;
  }

  #compile(entries: readonly Pick<Entry, 'id' | 'event'>[]): string {
    return this.#store
      .insertInto('audit_event')
      .values(entries.map(({ id, event }) => rowOf(id, event)))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((e) => ({
          session_id: e.ref('excluded.session_id'),
          completed_at: e.ref('excluded.completed_at'),
          decision: e.ref('excluded.decision'),
          event: e.ref('excluded.event'),
        })),
      )
      .compile().sql;
  }

  #full(cause?: unknown): ControllerError {
    return new ControllerError('POSTERN_STORE_FAILED', 'the audit log cannot be written, so nothing may run', {
      cause,
      hint: 'free disk space on the controller',
    });
  }
}

/** Resolves once what is known now of an event is on disk. */
function writing(entry: Entry): Promise<void> {
  if (entry.state === 'written') return Promise.resolve();
  if (entry.settled === undefined) {
    entry.settled = Promise.withResolvers();
    // Who waits hears of a failure; who does not must not crash the process by it.
    entry.settled.promise.catch(() => {});
  }
  return entry.settled.promise;
}

function rowOf(id: string, event: AuditEvent): AuditEventTable {
  return {
    id,
    audit_id: event.auditId,
    session_id: event.sessionId,
    started_at: event.startedAt,
    completed_at: event.completedAt,
    person: event.user,
    cluster: event.cluster,
    decision: event.decision,
    event: JSON.stringify(event),
  };
}

function eventPage(rows: { id: string; started_at: string; event: string }[], limit: number) {
  const page = pageOf(rows, limit, (row): Cursor => ({ at: row.started_at, id: row.id }));
  return { events: page.rows.map((row) => JSON.parse(row.event) as AuditEvent), nextCursor: page.nextCursor };
}
