import { CommanderError } from 'commander';
import { stateFolder } from '../state-folder/layout.ts';
import type { CommandLine } from './command-line.ts';
import { OtherProgramFailed } from './errors.ts';
import { interruption } from './interruption.ts';
import { program } from './program.ts';
import { exitCodeOf, reportError, reportUsage } from './report-error.ts';

/**
 * Runs one command line.
 *
 * @param args without the interpreter and the script
 * @returns the exit code: 0 done, 1 failed, 2 the command line cannot be understood
 */
export async function run(args: readonly string[], surroundings: Partial<CommandLine> = {}): Promise<number> {
  const environment = surroundings.environment ?? process.env;
  let own: AbortSignal | undefined;
  const line: CommandLine = {
    environment,
    folder: surroundings.folder ?? stateFolder(environment),
    out: surroundings.out ?? ((text) => void process.stdout.write(text)),
    err: surroundings.err ?? ((text) => void process.stderr.write(text)),
    now: surroundings.now ?? Date.now,
    columns: surroundings.columns ?? (process.stdout.isTTY ? process.stdout.columns : undefined),
    // Only a command that runs on listens: any other ends at Ctrl-C as programs do.
    get interrupted() {
      own ??= surroundings.interrupted ?? interruption(environment);
      return own;
    },
  };
  // A reader that went away (`postern sessions | head`) is no failure of ours; an answer that a full disk did not take is.
  if (!surroundings.out)
    process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
  try {
    await program(line).parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (wantsJson(args)) reportUsage(line, error);
      return exitCodeOf(error);
    }
    if (error instanceof OtherProgramFailed) return error.exitCode;
    reportError(line, error, wantsJson(args));
    return exitCodeOf(error);
  }
}

function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, at) =>
      arg === '-ojson' || arg === '--output=json' || (/^(-o|--output)$/.test(arg) && args[at + 1] === 'json'),
  );
}
