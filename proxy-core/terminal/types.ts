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
  /** The file that says which terminals were open. */
  tabs: string;
  /**
   * Makes the kubeconfig of one terminal, with a token of its own.
   *
   * @throws where there is no such context
   */
  kubeconfig(terminalId: string, context: string): string | Promise<string>;
  /** The terminal is gone; its token must open nothing any more. */
  released(terminalId: string): void;
  log: CommandLineLog;
  /** Told whenever the list changes. */
  onChange(terminals: TerminalSummary[]): void;
  logger: { warn(fields: object, message: string): void };
  clock?: { now(): number };
  /** Default: the user's login shell. */
  shell?: string;
  environment?: NodeJS.ProcessEnv;
}

/** One window looking at one terminal. Ending the iteration detaches it. */
export type TerminalAttachment = AsyncIterableIterator<TerminalEvent>;
