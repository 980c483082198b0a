import type { Readable, Writable } from 'node:stream';
import { StatusError } from '../../status.ts';
import type { TerminalSize } from '../container/terminal.ts';

/** Which streams the client asks for, as the query of exec and attach says. */
export interface RemoteCommandOptions {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  terminal: boolean;
}

/** The client's end of an exec or attach, whichever protocol it speaks. */
export interface RemoteCommand {
  stdin: Readable | undefined;
  /** Where a stream was not asked for, what is written goes nowhere. */
  stdout: Writable;
  stderr: Writable;
  /** Tells of the terminal's size: at once where it is already known, then at each change. */
  onResize(listener: (size: TerminalSize) => void): void;
  /** Aborts when the client is gone. */
  gone: AbortSignal;
  /** Ends the output, tells the outcome and closes. Resolves when the connection is closed. */
  finish(outcome: Outcome): Promise<void>;
  destroy(): void;
}

/** The `metav1.Status` on the error channel. */
export type Outcome = { status: 'Success' | 'Failure'; [field: string]: unknown };

/** How long a client may take to open its streams, and to close after the outcome was told. */
export const patienceMs = { streams: 30_000, close: 5_000 } as const;

/** What a transport says of itself before it says anything else: the outcome of a command, from its exit code. */
export function outcomeOf(exitCode: number): Outcome {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

export function failureOf(message: string): Outcome {
  return { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
}

/** @throws {StatusError} 400 where no stream is asked for, or standard error together with a terminal's other streams */
export function parseOptions(query: URLSearchParams): RemoteCommandOptions {
  const asked = (name: string) => ['1', 'true', 't', 'T', 'TRUE', 'True'].includes(query.get(name) ?? '');
  const options = { stdin: asked('stdin'), stdout: asked('stdout'), stderr: asked('stderr'), terminal: asked('tty') };
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw new StatusError(400, 'BadRequest', 'you must specify at least 1 of stdin, stdout, stderr');
  }
  // A terminal has one output only.
  return options.terminal ? { ...options, stderr: false } : options;
}
