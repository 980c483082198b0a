import type { AppState, TerminalEvent } from '../contract/app.ts';

export type TerminalSummary = AppState['terminals'][number];

/** What the terminals tell the session log, so that a command there shows the exact line that was typed. */
export interface CommandLineLog {
  noteCommandLine(terminalId: string, commandLine: string, startedAt: Date): void;
  commandEnded(terminalId: string, exitCode: number | null, endedAt: Date): void;
}

export interface TerminalsOptions {
  /** Each terminal keeps its kubeconfig in a folder of its own below this one; stale ones are removed at start. */
  folder: string;
  /** Makes the kubeconfig of one terminal, with a token of its own. */
  kubeconfig(terminalId: string, context: string): string;
  /** The terminal is gone; its token must open nothing any more. */
  released(terminalId: string): void;
  log: CommandLineLog;
  clock?: { now(): Date };
  /** Default: the user's login shell. */
  shell?: string;
  environment?: NodeJS.ProcessEnv;
  onChange?(terminals: TerminalSummary[]): void;
}

/** One window looking at one terminal. */
export interface TerminalAttachment extends AsyncIterableIterator<TerminalEvent> {
  return(): Promise<IteratorResult<TerminalEvent>>;
}
