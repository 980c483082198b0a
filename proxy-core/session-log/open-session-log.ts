import type { Problem, SessionDetail, SessionLogEvent } from '../contract/app.ts';
import type { AuditEvent, Command, Session } from '../contract/sessions.ts';
import { Commands, type OpenCommand } from './commands.ts';
import { isDamage, setAside } from './damage.ts';
import { SessionLogError } from './errors.ts';
import { LiveFeed } from './live-feed.ts';
import { type CountedSession, countEnd, countStart, noCounts, sessionFrom, withCounts } from './session-counts.ts';
import { LogStore, type Retention } from './store.ts';
import type { RequestEnd, RequestOrigin, SessionLog, SessionLogOptions, SessionQuery } from './types.ts';

/** How long a change waits for others to share its transaction; with the write itself it stays under 50 ms. */
const batchDelayMs = 20;
/** Rows of one transaction; the rest follows in the next turn of the event loop, so that no request waits long behind it. */
const batchRows = 500;
/** Rows that may wait while the file cannot be written. Beyond it the newest requests are counted and dropped. */
const waitingLimit = 20_000;
/** How often a file that cannot be written is tried again. */
const retryDelayMs = 2000;
/** Writes between two looks at what is too old or too much. */
const trimEvery = 2000;
const searchableTextLimit = 4000;

/**
 * Opens this device's log. Never fails: a damaged file is set aside and a new one begun, and where nothing can be written
 * at all the log lives in memory; {@link SessionLog.problem} tells.
 */
export function openSessionLog(options: SessionLogOptions): SessionLog {
  return new StoredSessionLog(options);
}

interface Running {
  request: AuditEvent;
  command: OpenCommand | null;
}

class StoredSessionLog implements SessionLog {
  readonly #path: string;
  readonly #clock: { now(): Date };
  readonly #logger: SessionLogOptions['logger'];
  readonly #retention: Retention;
  readonly #commands = new Commands();
  /** Started and not completed. */
  readonly #running = new Map<string, Running>();
  /** Sessions that requests or pushes touched in this run. */
  readonly #sessions = new Map<string, CountedSession>();
  readonly #waiting = {
    sessions: new Map<string, CountedSession>(),
    commands: new Map<string, OpenCommand>(),
    requests: new Map<string, { request: AuditEvent; commandId: string | null }>(),
  };
  readonly #feeds = new Set<LiveFeed>();
  readonly #problemListeners = new Set<(problem: Problem | null) => void>();
  #problem: Problem | null = null;
  #store: LogStore;
  #timer: NodeJS.Timeout | undefined;
  #dropped = 0;
  #sinceTrim = trimEvery;
  #closed = false;

  constructor(options: SessionLogOptions) {
    this.#path = options.path;
    this.#clock = options.clock ?? { now: () => new Date() };
    this.#logger = options.logger;
    this.#retention = {
      maxRequests: options.maxRequests ?? 200_000,
      maxAgeMs: (options.maxAgeDays ?? 30) * 24 * 60 * 60_000,
      maxBytes: options.maxBytes ?? 512 * 1024 * 1024,
    };
    this.#store = this.#openStore();
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  onProblem(listener: (problem: Problem | null) => void): () => void {
    this.#problemListeners.add(listener);
    return () => this.#problemListeners.delete(listener);
  }

  started(event: AuditEvent, origin: RequestOrigin): void {
    if (this.#closed) return;
    const sessionId = event.sessionId ?? this.#latestSessionOf(event);
    const request: AuditEvent = sessionId === event.sessionId ? { ...event } : { ...event, sessionId };
    let command: OpenCommand | null = null;
    if (sessionId !== null) {
      this.#countIn(request, sessionId);
      command = this.#commands.requestStarted(request, sessionId, origin.terminalId);
    }
    this.#running.set(request.auditId, { request, command });
    this.#changed(request, command);
  }

  completed(auditId: string, end: RequestEnd): void {
    const running = this.#running.get(auditId);
    if (running === undefined || this.#closed) return;
    this.#running.delete(auditId);
    const { request, command } = running;
    request.completedAt = end.completedAt.toISOString();
    request.status = end.status;
    request.bytesIn = end.bytesIn;
    request.bytesOut = end.bytesOut;
    request.durationMs = end.durationMs;
    request.hopsMs = end.hopsMs;
    if (end.failure !== undefined) {
      request.reason = end.failure;
      if (request.decision === 'allowed') request.decision = 'failed';
    }
    if (command !== null) this.#commands.requestCompleted(command, request);
    if (request.sessionId !== null) this.#countOut(request, request.sessionId);
    this.#changed(request, command);
  }

  sessionChanged(session: Session): void {
    if (this.#closed) return;
    const known = this.#sessionOf(session.id);
    const local = known?.local ?? noCounts(session);
    this.#keepSession({ session: withCounts(known ? withCounts(session, known.session) : session, local), local });
    if (session.endedAt !== null) this.#commands.sessionEnded(session.id);
  }

  sessionsKnown(running: readonly Session[]): void {
    if (this.#closed) return;
    for (const session of running) this.sessionChanged(session);
    const known = new Set(running.map(({ id }) => id));
    for (const { session, local } of this.#runningSessions()) {
      if (known.has(session.id)) continue;
      const endReason = session.endReason ?? 'disconnected';
      this.#keepSession({ session: { ...session, endedAt: session.lastActiveAt, endReason }, local });
    }
  }

  noteCommandLine(terminalId: string, commandLine: string, startedAt: Date): void {
    this.#commands.lineStarted(terminalId, commandLine, startedAt.getTime());
  }

  commandEnded(terminalId: string, exitCode: number | null, endedAt: Date): void {
    for (const command of this.#commands.lineEnded(terminalId, exitCode, endedAt.getTime())) {
      this.#waiting.commands.set(command.command.id, command);
      this.#publish({ kind: 'command', command: { ...command.command } });
      this.#schedule();
    }
  }

  async list(query: SessionQuery): Promise<{ sessions: Session[]; nextCursor: string | null }> {
    this.#writeAll();
    return this.#reading((store) => store.list(query));
  }

  async get(sessionId: string): Promise<SessionDetail> {
    this.#writeAll();
    const detail = this.#reading((store) => store.detail(sessionId));
    if (detail) return detail;
    throw new SessionLogError('POSTERN_SESSION_UNKNOWN', `the log has no session ${sessionId}`, {
      hint: 'list the sessions with `postern sessions`',
    });
  }

  watch(signal?: AbortSignal): AsyncIterableIterator<SessionLogEvent> {
    const onAbort = () => feed.end();
    const feed = new LiveFeed((ended) => {
      this.#feeds.delete(ended);
      signal?.removeEventListener('abort', onAbort);
    });
    if (this.#closed || signal?.aborted) {
      feed.end();
      return feed;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#feeds.add(feed);
    for (const { session } of this.#runningSessions()) feed.push({ kind: 'session', session: { ...session } });
    return feed;
  }

  async flush(): Promise<void> {
    this.#writeAll();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#writeAll();
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const feed of [...this.#feeds]) feed.end();
    this.#store.close();
  }

  /** A refusal made on this device has no session of its own; it belongs where its cluster and role are in use, if they are. */
  #latestSessionOf(event: AuditEvent): string | null {
    let latest: Session | undefined;
    for (const { session } of this.#sessions.values()) {
      if (session.endedAt !== null || session.cluster !== event.cluster || session.role !== event.role) continue;
      if (latest === undefined || session.startedAt > latest.startedAt) latest = session;
    }
    return latest?.id ?? null;
  }

  #countIn(request: AuditEvent, sessionId: string): void {
    const known = this.#sessionOf(sessionId);
    const session = known?.session ?? sessionFrom(request, sessionId);
    const local = countStart(known?.local ?? noCounts(session), request);
    this.#keepSession({ session: withCounts(session, local), local });
  }

  #countOut(request: AuditEvent, sessionId: string): void {
    const known = this.#sessionOf(sessionId);
    if (known === undefined) return;
    const local = countEnd(known.local, request);
    this.#keepSession({ session: withCounts(known.session, local), local });
  }

  #sessionOf(id: string): CountedSession | undefined {
    const known = this.#sessions.get(id);
    if (known) return known;
    const stored = this.#reading((store) => store.session(id));
    if (stored) this.#sessions.set(id, stored);
    return stored;
  }

  #runningSessions(): CountedSession[] {
    this.#writeAll();
    return this.#reading((store) => store.runningSessions()) ?? [];
  }

  #keepSession(entry: CountedSession): void {
    const { session } = entry;
    if (session.endedAt === null) this.#sessions.set(session.id, entry);
    else this.#sessions.delete(session.id);
    this.#waiting.sessions.set(session.id, entry);
    this.#publish({ kind: 'session', session });
    this.#schedule();
  }

  #changed(request: AuditEvent, command: OpenCommand | null): void {
    if (this.#waiting.requests.size < waitingLimit || this.#waiting.requests.has(request.auditId)) {
      this.#waiting.requests.set(request.auditId, { request, commandId: command?.command.id ?? null });
    } else this.#dropped++;
    if (command !== null) {
      this.#waiting.commands.set(command.command.id, command);
      if (this.#feeds.size > 0) {
        this.#publish({ kind: 'command', command: { ...command.command } });
        this.#publish({ kind: 'request', commandId: command.command.id, request: { ...request } });
      }
    }
    this.#schedule();
  }

  #publish(event: SessionLogEvent): void {
    for (const feed of this.#feeds) feed.push(event);
  }

  #schedule(delayMs = batchDelayMs): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const outcome = this.#writeBatch();
      if (outcome === 'more') this.#schedule(0);
      else if (outcome === 'failed') this.#schedule(retryDelayMs);
      else if (this.#sinceTrim >= trimEvery) this.#trim();
    }, delayMs);
  }

  #writeAll(): void {
    while (this.#writeBatch() === 'more');
  }

  #writeBatch(): 'done' | 'more' | 'failed' {
    const { sessions, commands, requests } = this.#waiting;
    if (this.#closed || sessions.size + commands.size + requests.size === 0) return 'done';
    const batch = {
      sessions: [...sessions.values()],
      commands: [...commands.values()],
      requests: first(requests.values(), batchRows),
    };
    try {
      this.#store.write({
        ...batch,
        commands: batch.commands.map(({ command, touched }) => ({ command, text: commandText(command, touched) })),
      });
    } catch (error) {
      this.#writeFailed(error);
      return 'failed';
    }
    this.#sinceTrim += batch.requests.length;
    sessions.clear();
    commands.clear();
    for (const { request } of batch.requests) requests.delete(request.auditId);
    if (this.#problem?.code === 'POSTERN_STATE_UNWRITABLE') this.#writesAgain();
    return requests.size > 0 ? 'more' : 'done';
  }

  #trim(): void {
    this.#sinceTrim = 0;
    try {
      if (this.#store.trim(this.#retention, this.#clock.now().getTime())) {
        this.#sinceTrim = trimEvery;
        this.#schedule(0);
      }
    } catch (error) {
      this.#writeFailed(error);
    }
  }

  /** A reading that meets a damaged page sets the file aside, as a writing does, and finds nothing. */
  #reading<Result>(read: (store: LogStore) => Result): Result {
    try {
      return read(this.#store);
    } catch (error) {
      if (!isDamage(error)) {
        throw new SessionLogError(
          'POSTERN_STATE_UNREADABLE',
          `the session log cannot be read: ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
      this.#replaceDamaged(error);
      return read(this.#store);
    }
  }

  #writeFailed(error: unknown): void {
    if (isDamage(error)) {
      this.#replaceDamaged(error);
      return;
    }
    this.#raise({
      code: 'POSTERN_STATE_UNWRITABLE',
      message: `The session log cannot be written: ${(error as Error).message}. Clusters stay reachable; what happens now is kept in memory.`,
      hint: 'free some disk space',
    });
  }

  #writesAgain(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#raise(
      dropped === 0
        ? null
        : {
            code: 'POSTERN_STATE_UNREADABLE',
            message: `${dropped} requests are missing from the session log: it could not be written for a while. The controller has them.`,
            hint: null,
          },
    );
  }

  #openStore(): LogStore {
    try {
      return this.#openAndTidy();
    } catch (error) {
      if (isDamage(error)) {
        const problem = setAside(this.#path, this.#clock.now());
        try {
          const store = this.#openAndTidy();
          this.#raise(problem);
          return store;
        } catch (again) {
          return this.#openInMemory(again);
        }
      }
      return this.#openInMemory(error);
    }
  }

  #openAndTidy(): LogStore {
    const store = new LogStore(this.#path);
    try {
      store.closeInterrupted();
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  #openInMemory(error: unknown): LogStore {
    this.#raise({
      code: 'POSTERN_STATE_UNWRITABLE',
      message: `The session log ${this.#path} cannot be opened: ${(error as Error).message}. Until the next start it is kept in memory only.`,
      hint: 'check its permissions and the free space on the disk',
    });
    return new LogStore(':memory:');
  }

  #replaceDamaged(error: unknown): void {
    this.#logger.warn({ error: (error as Error).message, path: this.#path }, 'the session log is damaged');
    this.#store.close();
    this.#store = new LogStore(':memory:');
    const problem = setAside(this.#path, this.#clock.now());
    const inMemory = this.#store;
    // What still runs belongs in the new file too.
    for (const entry of this.#sessions.values()) this.#waiting.sessions.set(entry.session.id, entry);
    for (const { request, command } of this.#running.values()) this.#changed(request, command);
    try {
      this.#store = new LogStore(this.#path);
      inMemory.close();
      this.#raise(problem);
    } catch (again) {
      this.#raise({ ...problem, message: `${problem.message} (${(again as Error).message})` });
    }
  }

  #raise(problem: Problem | null): void {
    if (problem?.message === this.#problem?.message) return;
    this.#problem = problem;
    if (problem) this.#logger.warn({ code: problem.code }, problem.message);
    for (const listener of this.#problemListeners) listener(problem);
  }
}

function first<Item>(items: Iterable<Item>, count: number): Item[] {
  const taken: Item[] = [];
  for (const item of items) {
    if (taken.length === count) break;
    taken.push(item);
  }
  return taken;
}

function commandText(command: Command, touched: Set<string>): string {
  return [command.title, command.tool, ...touched].join('\n').toLowerCase().slice(0, searchableTextLimit);
}
