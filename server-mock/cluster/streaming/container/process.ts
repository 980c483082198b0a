import type { Container } from './container.ts';
import { FileError } from './disk.ts';
import type { FileStat } from './file-system.ts';
import { resolvePath } from './file-system.ts';
import { BrokenPipe, type Input, type Output } from './io.ts';
import type { Terminal } from './terminal.ts';

/** A signal ended the process: ctrl-C, or the container stopped. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** What one command runs with. A shell gives its commands a copy of its own with other arguments and streams. */
export interface ProcessContext {
  container: Container;
  /** `args[0]` is the command's name. */
  args: readonly string[];
  environment: ReadonlyMap<string, string>;
  workingDirectory: string;
  input: Input;
  output: Output;
  errors: Output;
  /** Aborts when the process must end. */
  signal: AbortSignal;
  terminal: Terminal | undefined;
}

/** A program: runs to its end and gives its exit code. */
export type Command = (process: Process) => Promise<number>;

/** The exit codes that a shell gives for what happened outside the program itself. */
export const exitCodes = {
  usage: 2,
  notExecutable: 126,
  notFound: 127,
  interrupted: 130,
  killed: 137,
  brokenPipe: 141,
} as const;

/** A running command's view of its context. */
export class Process {
  readonly context: ProcessContext;

  constructor(context: ProcessContext) {
    this.context = context;
  }

  get name(): string {
    return this.context.args[0] ?? '';
  }

  /** The arguments after the command's name. */
  get args(): readonly string[] {
    return this.context.args.slice(1);
  }

  get files() {
    return this.context.container.files;
  }

  /** @throws {Interrupted} */
  async read(): Promise<Buffer | undefined> {
    await this.context.container.turns.pass();
    this.check();
    const chunk = await this.context.input.read(this.context.signal);
    this.check();
    return chunk;
  }

  /** @throws {Interrupted} {@link BrokenPipe} */
  async write(data: string | Buffer): Promise<void> {
    await this.context.container.turns.pass();
    this.check();
    if (data.length > 0) await this.context.output.write(typeof data === 'string' ? Buffer.from(data) : data);
  }

  /** Complains on the error output, behind the command's name. */
  async complain(message: string): Promise<void> {
    await this.context.errors.write(Buffer.from(`${this.name}: ${message}\n`));
  }

  check(): void {
    if (this.context.signal.aborted) throw new Interrupted();
  }

  path(name: string): string {
    return resolvePath(this.context.workingDirectory, name);
  }

  /** @throws {FileError} `ENOENT` */
  stat(name: string): FileStat {
    const stat = this.files.stat(this.path(name));
    if (!stat) throw new FileError('ENOENT');
    return stat;
  }

  /** A file's contents, or the input for `-`. */
  open(name: string): Input {
    if (name === '-') return this.context.input;
    return this.context.container.openInput(this.path(name));
  }

  /**
   * Runs `action` for each name; a file error is told on the error output and makes the exit code 1, the others go on.
   */
  async forEachFile(names: readonly string[], action: (name: string) => Promise<void> | void): Promise<number> {
    let exitCode = 0;
    for (const name of names) {
      try {
        await action(name);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        await this.complain(`${name}: ${error.message}`);
        exitCode = 1;
      }
    }
    return exitCode;
  }
}

/** Splits `-la file -n 3` into flags and operands; flags in `withValue` take the rest of the word or the next one. */
export function parseFlags(
  args: readonly string[],
  withValue = '',
): { flags: Map<string, string>; operands: string[] } {
  const flags = new Map<string, string>();
  const operands: string[] = [];
  let onlyOperands = false;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] as string;
    if (onlyOperands || argument === '-' || !argument.startsWith('-')) {
      operands.push(argument);
    } else if (argument === '--') {
      onlyOperands = true;
    } else if (argument.startsWith('--')) {
      const [name = '', ...value] = argument.slice(2).split('=');
      flags.set(name, value.join('='));
    } else {
      for (let letter = 1; letter < argument.length; letter++) {
        const flag = argument[letter] as string;
        if (withValue.includes(flag)) {
          flags.set(flag, argument.slice(letter + 1) || (args[++index] ?? ''));
          break;
        }
        flags.set(flag, '');
      }
    }
  }
  return { flags, operands };
}

/** Runs a command to its end, whatever happens in it. */
export async function runCommand(command: Command, context: ProcessContext): Promise<number> {
  const process = new Process(context);
  try {
    await context.container.turns.pass();
    return await command(process);
  } catch (error) {
    if (error instanceof Interrupted) return exitCodes.interrupted;
    if (error instanceof BrokenPipe) return exitCodes.brokenPipe;
    if (error instanceof FileError) {
      return process.complain(error.message).then(
        () => 1,
        () => exitCodes.brokenPipe,
      );
    }
    throw error;
  }
}
