import type { Problem } from '../contract/app.ts';
import type { AuditEvent, Command } from '../contract/sessions.ts';
import type { OpenCommand } from './commands.ts';
import { isDamage, setAside } from './damage.ts';
import { SessionLogError } from './errors.ts';
import type { CountedSession } from './session-counts.ts';
import { LogStore, type Retention } from './store.ts';

/** How long a change waits for others to share its transaction; with the write itself it stays under 50 ms. */
const batchDelayMs = 25;
/** A request that has only just begun has most likely ended when the next batch is written, and is one row written once. */
const startGraceMs = 15;
/** Rows of one transaction; the rest follows in the next turn of the event loop, so that no request waits long behind it. */
const batchRows = 64;
/** Rows of each kind that may wait while the file cannot be written. Beyond it the newest go; requests are counted. */
export const waitingLimit = 20_000;
/** How often a file that cannot be written is tried again. */
const retryDelayMs = 2000;
/** Requests written between two looks at what is too old or too much. */
const trimEvery = 2000;
const searchableTextLimit = 4000;

export interface LogFileOptions {
  path: string;
  now(): Date;
  retention: Retention;
  onProblem(problem: Problem | null): void;
  /** The file was damaged and a new one begun: what is still under way is to be added once more. */
  onReplaced(): void;
}

interface WaitingRequest {
  request: AuditEvent;
  commandId: string | null;
  /** On the monotonic clock. */
  sinceMs: number;
}

/**
 * The log's file, written in batches behind the requests' backs. It fails never: what is damaged is set aside, what cannot
 * be written waits (up to a bound), and where no file can be had at all the log lives in memory; `onProblem` is told.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  readonly #waiting = {
    sessions: new Map<string, CountedSession>(),
    commands: new Map<string, OpenCommand>(),
    requests: new Map<string, WaitingRequest>(),
  };
  #store: LogStore;
  #timer: NodeJS.Timeout | undefined;
  /** Writing failed, and has not succeeded since. */
  #isStuck = false;
  #dropped = 0;
  #sinceTrim = trimEvery;
  #closed = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#store = this.#open();
  }

  putSession(entry: CountedSession): void {
    this.#waiting.sessions.set(entry.session.id, entry);
    this.#schedule(batchDelayMs);
  }

  putCommand(command: OpenCommand): void {
    const { commands } = this.#waiting;
    const { id } = command.command;
    if (commands.size < waitingLimit || commands.has(id)) commands.set(id, command);
    this.#schedule(batchDelayMs);
  }

  putRequest(request: AuditEvent, commandId: string | null): void {
    const { requests } = this.#waiting;
    const waiting = requests.get(request.auditId);
    if (waiting) Object.assign(waiting, { request, commandId });
    else if (requests.size < waitingLimit) {
      requests.set(request.auditId, { request, commandId, sinceMs: performance.now() });
    } else this.#dropped++;
    this.#schedule(batchDelayMs);
  }

  /** Writes what waits, now. */
  flush(): void {
    while (this.#writeBatch('all') === 'more');
  }

  /**
   * Reads what is in the file and what waits to be. Where a page turns out to be damaged, the file is set aside and the
   * reading finds what the new one has.
   *
   * @throws {SessionLogError} `POSTERN_STATE_UNREADABLE`
   */
  read<Result>(reading: (store: LogStore) => Result): Result {
    this.flush();
    try {
      try {
        return reading(this.#store);
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#replaceDamaged();
        return reading(this.#store);
      }
    } catch (cause) {
      const message = `the session log cannot be read: ${(cause as Error).message}`;
      throw new SessionLogError('POSTERN_STATE_UNREADABLE', message, { cause });
    }
  }

  /** What is known of a session that is not in memory; undefined also where the file cannot tell. */
  storedSession(id: string): CountedSession | undefined {
    const waiting = this.#waiting.sessions.get(id);
    if (waiting) return waiting;
    try {
      return this.#store.session(id);
    } catch {
      // The next write or reading meets the same trouble and deals with it; a request is not to be held up by it.
      return undefined;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#store.close();
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const outcome = this.#writeBatch('due');
      if (outcome === 'more') this.#schedule(0);
      else if (outcome === 'failed') this.#schedule(retryDelayMs);
      else if (this.#sinceTrim >= trimEvery) this.#trim();
    }, delayMs);
  }

  #writeBatch(which: 'due' | 'all'): 'done' | 'more' | 'failed' {
    const { sessions, commands, requests } = this.#waiting;
    if (this.#closed || sessions.size + commands.size + requests.size === 0) return 'done';
    const batch = {
      sessions: [...sessions.values()],
      commands: [...commands.values()].map(({ command, touched }) => ({ command, text: searchText(command, touched) })),
      requests: this.#nextRequests(which),
    };
    try {
      this.#store.write(batch);
    } catch (error) {
      this.#writeFailed(error);
      return 'failed';
    }
    this.#sinceTrim += batch.requests.length;
    sessions.clear();
    commands.clear();
    for (const { request } of batch.requests) requests.delete(request.auditId);
    if (this.#isStuck) this.#writesAgain();
    if (batch.requests.length === batchRows) return 'more';
    // Those that have only just begun.
    if (requests.size > 0) this.#schedule(batchDelayMs);
    return 'done';
  }

  #nextRequests(which: 'due' | 'all'): WaitingRequest[] {
    const next: WaitingRequest[] = [];
    const before = performance.now() - startGraceMs;
    for (const waiting of this.#waiting.requests.values()) {
      if (which === 'due' && waiting.request.completedAt === null && waiting.sinceMs > before) continue;
      next.push(waiting);
      if (next.length === batchRows) break;
    }
    return next;
  }

  #trim(): void {
    this.#sinceTrim = 0;
    try {
      if (!this.#store.trim(this.#options.retention, this.#options.now().getTime())) return;
      this.#sinceTrim = trimEvery;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (!this.#closed) this.#trim();
        this.#schedule(batchDelayMs);
      }, 0);
    } catch (error) {
      this.#writeFailed(error);
    }
  }

  #writeFailed(error: unknown): void {
    if (isDamage(error)) {
      this.#replaceDamaged();
      return;
    }
    this.#isStuck = true;
    this.#options.onProblem({
      code: 'POSTERN_STATE_UNWRITABLE',
      message: `The session log cannot be written: ${(error as Error).message}. Clusters stay reachable; what happens now is kept in memory.`,
      hint: 'free some disk space',
    });
  }

  #writesAgain(): void {
    const dropped = this.#dropped;
    this.#isStuck = false;
    this.#dropped = 0;
    this.#options.onProblem(
      dropped === 0
        ? null
        : {
            code: 'POSTERN_STATE_UNWRITABLE',
            message: `${dropped} requests are missing from the session log: it could not be written for a while. The controller has them.`,
            hint: null,
          },
    );
  }

  #open(): LogStore {
    try {
      return openAndTidy(this.#options.path);
    } catch (error) {
      if (!isDamage(error)) return this.#openInMemory(error);
    }
    try {
      const problem = setAside(this.#options.path, this.#options.now());
      const store = openAndTidy(this.#options.path);
      this.#options.onProblem(problem);
      return store;
    } catch (error) {
      return this.#openInMemory(error);
    }
  }

  #openInMemory(error: unknown): LogStore {
    this.#options.onProblem({
      code: 'POSTERN_STATE_UNWRITABLE',
      message: `The session log ${this.#options.path} cannot be opened: ${(error as Error).message}. Until the next start it is kept in memory only.`,
      hint: 'check its permissions and the free space on the disk',
    });
    return new LogStore(':memory:');
  }

  #replaceDamaged(): void {
    this.#store.close();
    this.#isStuck = false;
    try {
      const problem = setAside(this.#options.path, this.#options.now());
      this.#store = new LogStore(this.#options.path);
      this.#options.onProblem(problem);
    } catch (error) {
      this.#store = this.#openInMemory(error);
    }
    this.#options.onReplaced();
  }
}

function openAndTidy(path: string): LogStore {
  const store = new LogStore(path);
  try {
    store.closeInterrupted();
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

function searchText(command: Command, touched: Set<string>): string {
  return [command.title, command.tool, ...touched].join('\n').toLowerCase().slice(0, searchableTextLimit);
}
