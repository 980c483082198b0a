import type { Problem, SessionDetail, SessionLogEvent } from '../contract/app.ts';
import type { AuditEvent, Session } from '../contract/sessions.ts';

/** Where on this device a request came from: decides which command it belongs to. */
export interface RequestOrigin {
  /** The in-app terminal whose token the request carried. */
  terminalId: string | null;
}

export interface RequestEnd {
  completedAt: Date;
  /** Null where the tool went away before there was an answer. */
  status: number | null;
  bytesIn: number;
  bytesOut: number;
  durationMs: number;
  hopsMs: Record<string, number>;
  /** Set where the request broke off; replaces the reason of the start. */
  failure?: string;
}

export interface SessionQuery {
  cluster?: string;
  active?: boolean;
  search?: string;
  cursor?: string;
  limit: number;
}

/**
 * This device's own log: sessions → commands → requests, in SQLite, readable offline and signed out.
 *
 * An event that is given to `started` is the log's from then on. `started`, `completed` and the notes return at once and never throw; they are written in batches, durable within 50 ms.
 */
export interface SessionLog {
  started(event: AuditEvent, origin: RequestOrigin): void;
  completed(auditId: string, end: RequestEnd): void;
  /** A session as the controller pushed it; replaces what was known. */
  sessionChanged(session: Session): void;
  /** The running sessions as the controller's snapshot has them; any other that still runs here has ended meanwhile. */
  sessionsKnown(running: readonly Session[]): void;
  /** A command line began in a terminal (OSC 633); requests with the terminal's token belong to it from now on, and the one before has ended. */
  noteCommandLine(terminalId: string, commandLine: string, startedAt: Date): void;
  /** @param exitCode null where nobody knows; without a line that runs nothing happens */
  commandEnded(terminalId: string, exitCode: number | null, endedAt: Date): void;
  /** Newest first. */
  list(query: SessionQuery): Promise<{ sessions: Session[]; nextCursor: string | null }>;
  /** @throws {SessionLogError} `POSTERN_SESSION_UNKNOWN` */
  get(sessionId: string): Promise<SessionDetail>;
  /** The running sessions first, then every change. Ends with the signal, with `return()` and with `close()`. */
  watch(signal?: AbortSignal): AsyncIterableIterator<SessionLogEvent>;
  /** What the person should know: a damaged log was set aside, the disk is full. */
  readonly problem: Problem | null;
  onProblem(listener: (problem: Problem | null) => void): () => void;
  /** Resolves once everything noted so far is in the file, or cannot be. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface SessionLogOptions {
  path: string;
  clock?: { now(): Date };
  logger: { warn(fields: object, message: string): void };
  /** Requests kept, newest first. Default 200,000. */
  maxRequests?: number;
  /** Days after which a session's requests go. Default 30. */
  maxAgeDays?: number;
  /** Size of the file above which the oldest go. Default 512 MB. */
  maxBytes?: number;
}
