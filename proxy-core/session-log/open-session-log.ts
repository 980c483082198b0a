import type { Problem, SessionDetail, SessionLogEvent } from '../contract/app.ts';
import type { AuditEvent, Session } from '../contract/sessions.ts';
import { Commands, type OpenCommand } from './commands.ts';
import { SessionLogError } from './errors.ts';
import { LiveFeed } from './live-feed.ts';
import { LogFile } from './log-file.ts';
import {
  type CountedSession,
  countEnd,
  countStart,
  noCounts,
  raiseCounts,
  sessionFrom,
  withCounts,
} from './session-counts.ts';
import type { RequestEnd, RequestOrigin, SessionLog, SessionLogOptions, SessionQuery } from './types.ts';

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
  readonly #file: LogFile;
  readonly #logger: SessionLogOptions['logger'];
  readonly #commands = new Commands();
  /** Started and not completed. */
  readonly #running = new Map<string, Running>();
  /** Sessions that requests or pushes touched in this run. */
  readonly #sessions = new Map<string, CountedSession>();
  readonly #feeds = new Set<LiveFeed>();
  readonly #problemListeners = new Set<(problem: Problem | null) => void>();
  #problem: Problem | null = null;
  #closed = false;

  constructor(options: SessionLogOptions) {
    const { clock = { now: () => new Date() } } = options;
    this.#logger = options.logger;
    this.#file = new LogFile({
      path: options.path,
      now: () => clock.now(),
      retention: {
        maxRequests: options.maxRequests ?? 200_000,
        maxAgeMs: (options.maxAgeDays ?? 30) * 24 * 60 * 60_000,
        maxBytes: options.maxBytes ?? 512 * 1024 * 1024,
      },
      onProblem: (problem) => this.#raise(problem),
      onReplaced: () => {
        for (const entry of this.#sessions.values()) this.#file.putSession(entry);
        for (const { request, command } of this.#running.values()) this.#put(request, command);
      },
    });
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
    const request = event;
    request.sessionId ??= this.#latestSessionOf(event);
    const { sessionId } = request;
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
    this.commandEnded(terminalId, null, startedAt);
    this.#commands.lineStarted(terminalId, commandLine, startedAt.getTime());
  }

  commandEnded(terminalId: string, exitCode: number | null, endedAt: Date): void {
    for (const command of this.#commands.lineEnded(terminalId, exitCode, endedAt.getTime())) {
      this.#file.putCommand(command);
      this.#publish({ kind: 'command', command: { ...command.command } });
    }
  }

  async list(query: SessionQuery): Promise<{ sessions: Session[]; nextCursor: string | null }> {
    return this.#file.read((store) => store.list(query));
  }

  async get(sessionId: string): Promise<SessionDetail> {
    const detail = this.#file.read((store) => store.detail(sessionId));
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
    this.#file.flush();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const feed of [...this.#feeds]) feed.end();
    this.#file.close();
  }

  /** A refusal made on this device has no session of its own; it belongs where its cluster and role are in use, if they are. */
  #latestSessionOf(event: AuditEvent): string | null {
    let latest: Session | undefined;
    for (const { session } of this.#sessions.values()) {
      if (session.endedAt !== null || session.cluster !== event.cluster) continue;
      // A refusal that came before the default role was looked up has none.
      if (event.role !== null && session.role !== event.role) continue;
      if (latest === undefined || session.startedAt > latest.startedAt) latest = session;
    }
    return latest?.id ?? null;
  }

  #countIn(request: AuditEvent, sessionId: string): void {
    const counted = this.#sessionOf(sessionId) ?? newlySeen(sessionFrom(request, sessionId));
    countStart(counted.local, request);
    raiseCounts(counted.session, counted.local);
    this.#keepSession(counted);
  }

  #countOut(request: AuditEvent, sessionId: string): void {
    const counted = this.#sessionOf(sessionId);
    if (counted === undefined) return;
    countEnd(counted.local, request);
    raiseCounts(counted.session, counted.local);
    this.#keepSession(counted);
  }

  #sessionOf(id: string): CountedSession | undefined {
    const known = this.#sessions.get(id);
    if (known) return known;
    const stored = this.#file.storedSession(id);
    if (stored) this.#sessions.set(id, stored);
    return stored;
  }

  #runningSessions(): CountedSession[] {
    return this.#file.read((store) => store.runningSessions());
  }

  #keepSession(entry: CountedSession): void {
    const { session } = entry;
    if (session.endedAt === null) this.#sessions.set(session.id, entry);
    else this.#sessions.delete(session.id);
    this.#file.putSession(entry);
    if (this.#feeds.size > 0) this.#publish({ kind: 'session', session: { ...session } });
  }

  #changed(request: AuditEvent, command: OpenCommand | null): void {
    this.#put(request, command);
    if (command === null || this.#feeds.size === 0) return;
    this.#publish({ kind: 'command', command: { ...command.command } });
    this.#publish({ kind: 'request', commandId: command.command.id, request: { ...request } });
  }

  #put(request: AuditEvent, command: OpenCommand | null): void {
    this.#file.putRequest(request, command?.command.id ?? null);
    if (command !== null) this.#file.putCommand(command);
  }

  #publish(event: SessionLogEvent): void {
    for (const feed of this.#feeds) feed.push(event);
  }

  #raise(problem: Problem | null): void {
    if (problem?.message === this.#problem?.message) return;
    this.#problem = problem;
    if (problem) this.#logger.warn({ code: problem.code }, problem.message);
    for (const listener of this.#problemListeners) listener(problem);
  }
}

function newlySeen(session: Session): CountedSession {
  return { session, local: noCounts(session) };
}
