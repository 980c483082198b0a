import type { AuditEvent, Command } from '../contract/sessions.ts';
import { type CommandLine, fold, type JoinableCommand } from './fold.ts';

/** A command that is kept in memory because requests may still join it. */
export interface OpenCommand extends JoinableCommand {
  readonly command: Command;
  /** What a search finds the command by, beside its title: names of the resources it touched. */
  readonly touched: Set<string>;
  /** Objects that it has found: a later 404 for one says that it is gone, which `delete`, `drain` and `wait` wait for. */
  readonly found: Set<string>;
  denied: boolean;
  failed: boolean;
  lastStatus: number | null;
}

/** Commands that one session keeps open at once, and command lines that are remembered; older ones are complete. */
const openPerSession = 100;
const touchedPerCommand = 30;
const foundPerCommand = 500;
const rememberedLines = 200;
/** After this without a request a command is not joined any more. */
const forgottenAfterMs = 15 * 60_000;

/**
 * Folds requests into commands as they come. In memory only: what it returns is to be stored.
 */
export class Commands {
  /** Newest first. */
  readonly #bySession = new Map<string, OpenCommand[]>();
  /** By terminal; the map's order is the order of their coming. */
  readonly #lines = new Map<string, CommandLine>();

  /** The command that the request belongs to, counted in. */
  requestStarted(request: AuditEvent, sessionId: string, terminalId: string | null): OpenCommand {
    const startedAtMs = Date.parse(request.startedAt);
    const open = this.#openOf(sessionId, startedAtMs);
    const { userAgent, kubectlCommand, kubectlSession } = request;
    const line = terminalId === null ? null : (this.#lines.get(terminalId) ?? null);
    const folding = fold({ startedAtMs, userAgent, kubectlCommand, kubectlSession, terminalId }, open, line);
    let found: OpenCommand;
    if (folding.kind === 'join') {
      found = folding.command;
      // An exec's own request may come without kubectl's headers; the first that has them names the command.
      found.kubectlSession ??= kubectlSession;
    } else {
      found = {
        command: {
          id: request.auditId,
          sessionId,
          label: folding.label,
          title: folding.title,
          commandLine: folding.line?.text ?? null,
          tool: folding.tool,
          startedAt: new Date(folding.line?.startedAtMs ?? startedAtMs).toISOString(),
          endedAt: null,
          outcome: 'running',
          requestCount: 0,
        },
        userAgent,
        kubectlSession,
        terminalId,
        line: folding.line,
        startedAtMs,
        lastActiveAtMs: startedAtMs,
        running: 0,
        touched: new Set(),
        found: new Set(),
        denied: false,
        failed: false,
        lastStatus: null,
      };
      open.unshift(found);
      this.#trim(open);
    }
    found.running++;
    found.command.requestCount++;
    found.lastActiveAtMs = Math.max(found.lastActiveAtMs, startedAtMs);
    if (request.resource !== '' && found.touched.size < touchedPerCommand) found.touched.add(objectOf(request));
    settle(found);
    return found;
  }

  requestCompleted(found: OpenCommand, request: AuditEvent): void {
    found.running--;
    found.lastActiveAtMs = Math.max(found.lastActiveAtMs, Date.parse(request.completedAt ?? request.startedAt));
    found.denied ||= request.decision === 'denied';
    found.failed ||= request.decision === 'failed' || (request.status ?? 0) >= 500;
    const object = isAboutObject(request) ? objectOf(request) : undefined;
    const isGone = object !== undefined && request.status === 404 && found.found.has(object);
    found.lastStatus = isGone ? null : request.status;
    if (object !== undefined && (request.status ?? 500) < 400 && found.found.size < foundPerCommand) {
      found.found.add(object);
    }
    settle(found);
  }

  lineStarted(terminalId: string, text: string, startedAtMs: number): void {
    this.#lines.delete(terminalId);
    this.#lines.set(terminalId, { terminalId, text, startedAtMs, endedAtMs: null });
    if (this.#lines.size > rememberedLines) {
      const [oldest] = this.#lines.keys();
      if (oldest !== undefined) this.#lines.delete(oldest);
    }
  }

  /** The commands (one per session that the line reached) that this ends. */
  lineEnded(terminalId: string, exitCode: number | null, endedAtMs: number): OpenCommand[] {
    const line = this.#lines.get(terminalId);
    if (line === undefined || line.endedAtMs !== null) return [];
    line.endedAtMs = endedAtMs;
    const ended: OpenCommand[] = [];
    for (const open of this.#bySession.values()) {
      for (const found of open) {
        if (found.line !== line) continue;
        found.failed ||= exitCode !== null && exitCode !== 0;
        found.lastActiveAtMs = Math.max(found.lastActiveAtMs, endedAtMs);
        if (exitCode === 0) found.lastStatus = null;
        settle(found);
        ended.push(found);
      }
    }
    return ended;
  }

  sessionEnded(sessionId: string): void {
    const open = this.#bySession.get(sessionId);
    if (open?.every(isOver)) this.#bySession.delete(sessionId);
  }

  #openOf(sessionId: string, nowMs: number): OpenCommand[] {
    let open = this.#bySession.get(sessionId);
    if (open === undefined) {
      this.#forgetOthers(nowMs);
      open = [];
      this.#bySession.set(sessionId, open);
    }
    forgetOld(open, nowMs);
    return open;
  }

  /** A session that ended before its last request did is told of no more. */
  #forgetOthers(nowMs: number): void {
    for (const [sessionId, open] of this.#bySession) {
      forgetOld(open, nowMs);
      if (open.length === 0) this.#bySession.delete(sessionId);
    }
  }

  #trim(open: OpenCommand[]): void {
    if (open.length <= openPerSession) return;
    const last = open.findLastIndex(isOver);
    if (last >= 0) open.splice(last, 1);
  }
}

/** @param open newest first */
function forgetOld(open: OpenCommand[], nowMs: number): void {
  while (open.length > 0) {
    const oldest = open.at(-1);
    if (oldest === undefined || !isOver(oldest) || nowMs - oldest.lastActiveAtMs < forgottenAfterMs) break;
    open.pop();
  }
}

/** A request about an object itself, not about its log or its status. */
function isAboutObject({ name, subresource }: AuditEvent): boolean {
  return name !== '' && subresource === '';
}

function objectOf({ resource, namespace, name }: AuditEvent): string {
  return [resource, namespace, name].filter((part) => part !== '').join('/');
}

function isOver(found: OpenCommand): boolean {
  return found.running === 0 && (found.line === null || found.line.endedAtMs !== null);
}

function settle(found: OpenCommand): void {
  const { command } = found;
  if (!isOver(found)) {
    command.outcome = found.denied ? 'denied' : 'running';
    command.endedAt = null;
    return;
  }
  // A 404 on the way is how `kubectl apply` learns that it must create; only the last answer tells.
  const lastFailed = found.line === null && (found.lastStatus ?? 0) >= 400;
  command.outcome = found.denied ? 'denied' : found.failed || lastFailed ? 'failed' : 'succeeded';
  command.endedAt = new Date(found.lastActiveAtMs).toISOString();
}
