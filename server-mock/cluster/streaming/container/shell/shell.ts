import { setImmediate as nextTurn, setTimeout as rest } from 'node:timers/promises';
import { FileError } from '../disk.ts';
import { type FileSystem, resolvePath } from '../file-system.ts';
import { type Input, type Output, Pipe } from '../io.ts';
import { type Command, exitCodes, Interrupted, type ProcessContext, runCommand } from '../process.ts';
import { builtins, ExitShell, LoopControl } from './builtins.ts';
import { type Expander, expandWord, expandWords } from './expand.ts';
import { parse } from './parse.ts';
import { type CommandNode, type List, type Pipeline, type Redirection, SyntaxProblem } from './syntax.ts';

interface Streams {
  input: Input;
  output: Output;
  errors: Output;
}

/** How often a loop rests, and for how long: one that never ends takes a fraction of the processor, not all of it. */
const iterationsPerRest = 50;
const restMs = 10;
/** The largest output that a command substitution keeps. */
const largestSubstitution = 1_048_576;

/** Finds the program of a name, as a look along PATH would. */
export type FindProgram = (name: string) => Command | undefined;

/** A running shell: variables, working directory, the exit code of the last command. */
export class Shell implements Expander {
  /** What its commands run with; an interactive shell gives each line a signal of its own. */
  context: ProcessContext;
  readonly variables: Map<string, string>;
  /** The names that commands inherit. */
  readonly exported: Set<string>;
  readonly files: FileSystem;
  readonly #findProgram: FindProgram;
  positional: readonly string[];
  name = 'sh';
  workingDirectory: string;
  lastExitCode = 0;

  constructor(context: ProcessContext, findProgram: FindProgram) {
    this.context = context;
    this.files = context.container.files;
    this.variables = new Map(context.environment);
    this.exported = new Set(context.environment.keys());
    this.positional = [];
    this.workingDirectory = context.workingDirectory;
    this.#findProgram = findProgram;
  }

  /** Its own input and outputs, before any redirection. */
  get streams(): Streams {
    const { input, output, errors } = this.context;
    return { input, output, errors };
  }

  /** Runs a program text to its end and gives its exit code; `exit` within it ends only this. */
  async runText(text: string): Promise<number> {
    try {
      return await this.runList(parse(text), this.streams);
    } catch (error) {
      return this.exitCodeOf(error);
    }
  }

  variable(name: string): string | undefined {
    switch (name) {
      case '?':
        return String(this.lastExitCode);
      case '$':
        return '7';
      case '#':
        return String(this.positional.length);
      case '0':
        return this.name;
      default:
        return /^[1-9]$/.test(name) ? this.positional[Number(name) - 1] : this.variables.get(name);
    }
  }

  async substitute(list: List): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    const output: Output = {
      write: async (chunk) => {
        size += chunk.length;
        if (size > largestSubstitution) throw new FileError('ENOSPC');
        chunks.push(Buffer.from(chunk));
      },
    };
    const subshell = this.#fork();
    this.lastExitCode = await subshell.#runToEnd(() => subshell.runList(list, { ...this.streams, output }));
    return Buffer.concat(chunks).toString('utf8');
  }

  async runList(list: List, streams: Streams): Promise<number> {
    let exitCode = 0;
    for (const { after, pipeline } of list) {
      if (after === '&&' && exitCode !== 0) continue;
      if (after === '||' && exitCode === 0) continue;
      exitCode = await this.#runPipeline(pipeline, streams);
      this.lastExitCode = exitCode;
    }
    return exitCode;
  }

  async #runPipeline({ commands, negated }: Pipeline, streams: Streams): Promise<number> {
    let exitCode: number;
    if (commands.length === 1) {
      exitCode = await this.#runCommand(commands[0] as CommandNode, streams);
    } else {
      const pipes = commands.slice(1).map(() => new Pipe());
      const running = commands.map(async (command, index) => {
        const input = pipes[index - 1];
        const output = pipes[index];
        const subshell = this.#fork();
        const own = { input: input ?? streams.input, output: output ?? streams.output, errors: streams.errors };
        const code = await subshell.#runToEnd(() => subshell.#runCommand(command, own));
        input?.closeReader();
        output?.closeWriter();
        return code;
      });
      exitCode = (await Promise.all(running)).at(-1) ?? 0;
    }
    return negated ? Number(exitCode === 0) : exitCode;
  }

  async #runCommand(node: CommandNode, outer: Streams): Promise<number> {
    if (this.context.signal.aborted) throw new Interrupted();
    let streams: Streams;
    try {
      streams = await this.#redirect(node.redirections, outer);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await this.complain(error.message, outer.errors);
      return 1;
    }
    switch (node.kind) {
      case 'simple':
        return this.#runSimple(node, streams);
      case 'group': {
        if (!node.subshell) return this.runList(node.body, streams);
        const subshell = this.#fork();
        return subshell.#runToEnd(() => subshell.runList(node.body, streams));
      }
      case 'if': {
        for (const { condition, body } of node.branches) {
          if ((await this.runList(condition, streams)) === 0) return this.runList(body, streams);
        }
        return node.otherwise ? this.runList(node.otherwise, streams) : 0;
      }
      case 'loop': {
        const goesOn = async () => ((await this.runList(node.condition, streams)) === 0) !== node.until;
        return this.#loop(goesOn, () => this.runList(node.body, streams));
      }
      case 'for': {
        const values = (await expandWords(node.words, this)).values();
        const advance = async () => {
          const { value, done } = values.next();
          if (!done) this.variables.set(node.name, value);
          return !done;
        };
        return this.#loop(advance, () => this.runList(node.body, streams));
      }
      default:
        return node satisfies never;
    }
  }

  async #loop(goesOn: () => Promise<boolean>, body: () => Promise<number>): Promise<number> {
    let exitCode = 0;
    let iterations = 0;
    while (await goesOn()) {
      try {
        exitCode = await body();
      } catch (error) {
        if (!(error instanceof LoopControl)) throw error;
        if (--error.levels > 0) throw error;
        if (error.kind === 'break') return 0;
      }
      // A loop of builtins never waits for anything; without this it would take the whole process.
      if (++iterations % iterationsPerRest === 0) await rest(restMs);
      else await nextTurn();
      if (this.context.signal.aborted) throw new Interrupted();
    }
    return exitCode;
  }

  async #runSimple(node: Extract<CommandNode, { kind: 'simple' }>, streams: Streams): Promise<number> {
    this.lastExitCode = node.words.length > 0 ? this.lastExitCode : 0;
    const args = await expandWords(node.words, this);
    const assigned = new Map<string, string>();
    for (const { name, value } of node.assignments) assigned.set(name, await expandWord(value, this));
    const [name] = args;
    if (name === undefined) {
      for (const [variable, value] of assigned) this.variables.set(variable, value);
      return this.lastExitCode;
    }
    const builtin = builtins.get(name);
    if (builtin) return builtin({ ...streams, shell: this, args });
    const program = this.#findProgram(name);
    if (!program) {
      await this.complain(`${name}: not found`, streams.errors);
      return exitCodes.notFound;
    }
    const environment = new Map([...this.variables].filter(([variable]) => this.exported.has(variable)));
    for (const [variable, value] of assigned) environment.set(variable, value);
    using _entry = this.context.container.enter(args.join(' ').slice(0, 200), this.context.terminal !== undefined);
    const { workingDirectory } = this;
    return await runCommand(program, { ...this.context, ...streams, args, environment, workingDirectory });
  }

  async #redirect(redirections: readonly Redirection[], outer: Streams): Promise<Streams> {
    const streams = { ...outer };
    for (const { descriptor, mode, target } of redirections) {
      const name = await expandWord(target, this);
      if (mode === 'copy') {
        if (name !== '1' && name !== '2') throw new SyntaxProblem(`${name}: bad file descriptor`);
        const source = name === '1' ? streams.output : streams.errors;
        if (descriptor === 2) streams.errors = source;
        else streams.output = source;
        continue;
      }
      try {
        if (mode === 'read') {
          streams.input = this.#openInput(name);
          continue;
        }
        const output = this.#openOutput(name, mode === 'append');
        if (descriptor === 2) streams.errors = output;
        else streams.output = output;
      } catch (error) {
        if (error instanceof FileError) error.message = `${name}: ${error.message}`;
        throw error;
      }
    }
    return streams;
  }

  #openInput(name: string): Input {
    return this.context.container.openInput(resolvePath(this.workingDirectory, name));
  }

  #openOutput(name: string, append: boolean): Output {
    const path = resolvePath(this.workingDirectory, name);
    if (path === '/dev/stdout') return this.context.output;
    if (path === '/dev/stderr') return this.context.errors;
    return this.context.container.openOutput(path, { append });
  }

  /** Says something on the error output in the shell's name. */
  complain(message: string, errors: Output = this.context.errors): Promise<void> {
    return errors.write(Buffer.from(`${this.name}: ${message}\n`)).catch(() => {}); // nobody listens: no harm
  }

  #fork(): Shell {
    const fork = new Shell(this.context, this.#findProgram);
    for (const [name, value] of this.variables) fork.variables.set(name, value);
    for (const name of this.exported) fork.exported.add(name);
    fork.positional = this.positional;
    fork.name = this.name;
    fork.workingDirectory = this.workingDirectory;
    fork.lastExitCode = this.lastExitCode;
    return fork;
  }

  async #runToEnd(run: () => Promise<number>): Promise<number> {
    try {
      return await run();
    } catch (error) {
      return this.exitCodeOf(error);
    }
  }

  /** What an error that reached the shell means for its exit code; interruptions and broken pipes go on to the caller. */
  async exitCodeOf(error: unknown): Promise<number> {
    if (error instanceof ExitShell) return error.exitCode;
    if (error instanceof LoopControl) return 0;
    if (error instanceof SyntaxProblem || error instanceof FileError) {
      await this.complain(error.message);
      return exitCodes.usage;
    }
    throw error;
  }
}
