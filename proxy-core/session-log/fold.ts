import { toolName } from './tool-name.ts';

/** What of a request decides which command it belongs to. */
export interface FoldableRequest {
  startedAtMs: number;
  userAgent: string;
  kubectlCommand: string | null;
  kubectlSession: string | null;
  terminalId: string | null;
}

/** A command of the same session that a request may still join. */
export interface JoinableCommand {
  userAgent: string;
  kubectlSession: string | null;
  terminalId: string | null;
  /** The terminal's command line that it stands for, else null. */
  line: CommandLine | null;
  startedAtMs: number;
  /** Start or end of the latest request. */
  lastActiveAtMs: number;
  /** Requests that have not ended. */
  running: number;
}

/** A command line as a terminal's shell integration reported it. */
export interface CommandLine {
  terminalId: string;
  text: string;
  startedAtMs: number;
  endedAtMs: number | null;
}

export type Folding<Command extends JoinableCommand> =
  | { kind: 'join'; command: Command }
  | { kind: 'begin'; label: 'stated' | 'inferred'; title: string; tool: string; line: CommandLine | null };

/** Requests of one tool that are further apart than this are two invocations. */
export const inferredGapMs = 5000;
/** A tool that never pauses (Lens) starts a new command after this. */
export const inferredLengthMs = 10 * 60_000;
/** The shell reports the end of a line at its next prompt; a last request may still be under way to us. */
const lineGraceMs = 500;

/**
 * Finds the command that a request belongs to. In order of what is known best:
 *
 * 1. kubectl says so: the same `Kubectl-Session` as an earlier request;
 * 2. the terminal says so: the command line that runs in the terminal whose token the request carries;
 * 3. kubectl says so: `Kubectl-Command` of a session not seen before;
 * 4. inferred: the same user agent, from the same place, not long after.
 *
 * @param recent the session's commands, newest first
 * @param line the terminal's latest command line, if the request came from a terminal that has one
 */
export function fold<Command extends JoinableCommand>(
  request: FoldableRequest,
  recent: readonly Command[],
  line: CommandLine | null,
): Folding<Command> {
  const { kubectlSession, kubectlCommand, userAgent } = request;
  if (kubectlSession !== null) {
    const same = recent.find((command) => command.kubectlSession === kubectlSession);
    if (same) return { kind: 'join', command: same };
  }
  if (line !== null && isDuring(line, request)) {
    const same = recent.find((command) => command.line === line);
    if (same) return { kind: 'join', command: same };
    return { kind: 'begin', label: 'stated', title: line.text, tool: toolName(userAgent), line };
  }
  if (kubectlSession !== null) {
    const tool = toolName(userAgent);
    return { kind: 'begin', label: 'stated', title: kubectlCommand ?? tool, tool, line: null };
  }
  const near = recent.find((command) => isNear(command, request));
  if (near) return { kind: 'join', command: near };
  const tool = toolName(userAgent);
  return { kind: 'begin', label: 'inferred', title: tool, tool, line: null };
}

function isDuring(line: CommandLine, { terminalId, startedAtMs }: FoldableRequest): boolean {
  return line.terminalId === terminalId && (line.endedAtMs === null || startedAtMs <= line.endedAtMs + lineGraceMs);
}

function isNear(command: JoinableCommand, request: FoldableRequest): boolean {
  return (
    command.userAgent === request.userAgent &&
    command.terminalId === request.terminalId &&
    command.line === null &&
    request.startedAtMs - command.startedAtMs <= inferredLengthMs &&
    request.startedAtMs - command.lastActiveAtMs <= inferredGapMs
  );
}
