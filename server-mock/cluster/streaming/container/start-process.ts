import type { Container } from './container.ts';
import { FileError } from './disk.ts';
import { emptyInput, type Input, type Output } from './io.ts';
import { exitCodes, runCommand } from './process.ts';
import { findProgram } from './programs.ts';
import { Terminal, type TerminalSize } from './terminal.ts';

export interface ProcessOptions {
  command: readonly string[];
  input: Input | undefined;
  output: Output;
  errors: Output;
  /** Receives a function that sets the terminal's size; present where the process is to have a terminal. */
  terminal: ((resize: (size: TerminalSize) => void) => void) | undefined;
  /** Aborts when the client is gone. */
  signal: AbortSignal;
}

/**
 * Runs a command in a container to its end, which comes with the container's end or the client's going at the latest.
 *
 * @returns its exit code
 */
export async function startProcess(container: Container, options: ProcessOptions): Promise<number> {
  const { stopped } = container;
  try {
    const exitCode = await run(container, options);
    return stopped.aborted ? exitCodes.killed : exitCode;
  } catch (error) {
    // The container has no room for one more process.
    if (!(error instanceof FileError)) throw error;
    await options.errors.write(Buffer.from(`exec: "${options.command[0]}": ${error.message}\n`));
    return exitCodes.notExecutable;
  }
}

async function run(container: Container, options: ProcessOptions): Promise<number> {
  const { command } = options;
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, container.stopped, ended.signal]);
  using _entry = container.enter(command.join(' ').slice(0, 200), options.terminal !== undefined);
  const context = { container, args: command, environment: container.environment, workingDirectory: '/' };
  if (!options.terminal) {
    const program = findProgram(command[0] ?? '');
    const input = options.input ?? emptyInput;
    if (!program) return notFound(command, options.errors);
    return await runCommand(program, {
      ...context,
      input,
      output: options.output,
      errors: options.errors,
      signal,
      terminal: undefined,
    });
  }
  const terminal = new Terminal(options.output);
  options.terminal((size) => {
    terminal.size = size;
  });
  const program = findProgram(command[0] ?? '');
  if (!program) return notFound(command, terminal);
  // Ctrl-C while no shell takes it ends the process itself.
  using _interrupt = terminal.onInterrupt(() => ended.abort());
  const typing = terminal.attach(options.input ?? emptyInput, signal);
  const environment = new Map([...container.environment, ['TERM', 'xterm']]);
  const input = options.input ? terminal : emptyInput;
  const streams = { input, output: terminal, errors: terminal };
  const exitCode = await runCommand(program, { ...context, environment, ...streams, signal, terminal });
  ended.abort();
  await typing;
  return exitCode;
}

async function notFound(command: readonly string[], errors: Output): Promise<number> {
  const message = `exec: "${command[0]}": not found in this emulated container (its commands are listed by: help)\n`;
  await errors.write(Buffer.from(message));
  return exitCodes.notFound;
}
