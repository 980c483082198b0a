import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { ControllerError } from '../errors.ts';
import type { SqliteRequest, SqliteResponse } from './sqlite-worker.ts';

export interface SqliteResult {
  rows: unknown[];
  changes: bigint;
  lastInsertRowid: bigint;
}

interface Waiting {
  resolve(result: SqliteResult): void;
  reject(error: Error): void;
}

type RequestBody = SqliteRequest extends infer Request
  ? Request extends unknown
    ? Omit<Request, 'id'>
    : never
  : never;

/** A SQLite connection in a thread of its own. Queries run in the order in which they were sent. */
export class SqliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #failure: ControllerError | undefined;

  private constructor(path: string) {
    this.#worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData: { path } });
    this.#worker.on('message', (response: SqliteResponse) => this.#settle(response));
    this.#worker.on('error', (cause) => this.#fail(`the store ${path} failed`, cause));
    this.#worker.on('exit', () => this.#fail(`the store ${path} is closed`));
  }

  /** @throws {ControllerError} `POSTERN_STORE_FAILED` where the file cannot be opened or is no database */
  static async open(path: string): Promise<SqliteThread> {
    const thread = new SqliteThread(path);
    await new Promise<SqliteResult>((resolve, reject) => thread.#waiting.set(0, { resolve, reject }));
    return thread;
  }

  /** @throws {ControllerError} `POSTERN_STORE_FAILED` */
  query(sql: string, parameters: SQLInputValue[]): Promise<SqliteResult> {
    return this.#send({ kind: 'query', sql, parameters });
  }

  /** Ends a transaction that failed, where SQLite has not done so itself. @throws {ControllerError} `POSTERN_STORE_FAILED` */
  async rollback(): Promise<void> {
    await this.#send({ kind: 'rollback' });
  }

  async close(): Promise<void> {
    if (this.#failure) return;
    await this.#send({ kind: 'close' });
    await this.#worker.terminate();
  }

  #send(body: RequestBody): Promise<SqliteResult> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...body, id } as SqliteRequest);
    });
  }

  #settle(response: SqliteResponse): void {
    const waiting = this.#waiting.get(response.id);
    this.#waiting.delete(response.id);
    if (response.kind === 'result') {
      waiting?.resolve(response);
      return;
    }
    waiting?.reject(
      new ControllerError('POSTERN_STORE_FAILED', `the store failed: ${response.message}`, {
        cause: Object.assign(new Error(response.message), { code: response.code }),
      }),
    );
  }

  #fail(message: string, cause?: unknown): void {
    this.#failure ??= new ControllerError(
      'POSTERN_STORE_FAILED',
      cause instanceof Error ? `${message}: ${cause.message}` : message,
      { cause },
    );
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }
}
