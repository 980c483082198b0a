import { readLines } from '../io.ts';
import { type Command, exitCodes, Interrupted, type Process } from '../process.ts';
import type { Terminal } from '../terminal.ts';
import { ExitShell } from './builtins.ts';
import { parse } from './parse.ts';
import { type FindProgram, Shell } from './shell.ts';
import { type List, SyntaxProblem } from './syntax.ts';

/** `sh -c TEXT`, `sh FILE`, a script on the input, or a shell to talk to where there is a terminal. */
export function shellProgram(findProgram: FindProgram): Command {
  return async (process) => {
    const shell = new Shell(process.context, findProgram);
    const [first, second, third, ...rest] = process.args.filter((argument) => !/^-[eilux]+$/.test(argument));
    if (first === '-c' || first === '-lc' || first === '-ec') {
      if (second === undefined) {
        await process.complain('-c requires an argument');
        return exitCodes.usage;
      }
      if (third !== undefined) shell.name = third;
      shell.positional = rest;
      return shell.runText(second);
    }
    if (first !== undefined) {
      const stat = process.files.stat(process.path(first));
      if (stat?.kind !== 'file') {
        await process.complain(`cannot open ${first}: No such file`);
        return exitCodes.notFound;
      }
      shell.name = first;
      shell.positional = process.args.slice(1);
      return shell.runText(process.files.readText(process.path(first)));
    }
    const { terminal } = process.context;
    return terminal ? converse(shell, process, terminal) : runLines(shell, process);
  };
}

/** Runs the input line by line; what a line leaves open, the next ones close. */
async function runLines(shell: Shell, process: Process): Promise<number> {
  let text = '';
  for await (const line of readLines(process.context.input, process.context.signal)) {
    text += `${line}\n`;
    const list = await tryParse(text, shell);
    if (list === 'incomplete') continue;
    text = '';
    if (list === undefined) return exitCodes.usage;
    const ended = await runUntilExit(shell, process, list);
    if (ended !== undefined) return ended;
  }
  return text === '' ? shell.lastExitCode : shell.runText(text);
}

/** Prompts, reads and runs until `exit` or ctrl-D. Ctrl-C ends the command that runs, not the shell. */
async function converse(shell: Shell, process: Process, terminal: Terminal): Promise<number> {
  const { signal } = process.context;
  let text = '';
  for (;;) {
    const prompt = text ? '> ' : `${shell.workingDirectory} # `;
    const line = await terminal.readLine(prompt, signal);
    if (line === undefined) break;
    text += `${line}\n`;
    const list = line === '' ? undefined : await tryParse(text, shell);
    if (list === 'incomplete') continue;
    text = '';
    if (list === undefined) continue;
    const interrupted = new AbortController();
    using _listener = terminal.onInterrupt(() => interrupted.abort());
    shell.context = { ...process.context, signal: AbortSignal.any([signal, interrupted.signal]) };
    const ended = await runUntilExit(shell, process, list);
    if (ended !== undefined) return ended;
  }
  await process.write('exit\n');
  return shell.lastExitCode;
}

/** @returns the exit code where the list ended the shell */
async function runUntilExit(shell: Shell, process: Process, list: List): Promise<number | undefined> {
  try {
    await shell.runList(list, shell.streams);
  } catch (error) {
    if (error instanceof ExitShell) return error.exitCode;
    if (error instanceof Interrupted && !process.context.signal.aborted) shell.lastExitCode = exitCodes.interrupted;
    else shell.lastExitCode = await shell.exitCodeOf(error);
  }
  return undefined;
}

async function tryParse(text: string, shell: Shell): Promise<List | 'incomplete' | undefined> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    if (error.incomplete) return 'incomplete';
    await shell.complain(error.message);
    shell.lastExitCode = exitCodes.usage;
    return undefined;
  }
}
