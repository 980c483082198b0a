import { resolvePath } from '../file-system.ts';
import { type Input, type Output, readLines } from '../io.ts';
import type { Shell } from './shell.ts';

/** `exit`: ends the shell it is run in. */
export class ExitShell extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** `break` and `continue`: ends the loop around it, or several. */
export class LoopControl extends Error {
  readonly kind: 'break' | 'continue';
  levels: number;

  constructor(kind: 'break' | 'continue', levels: number) {
    super(kind);
    this.kind = kind;
    this.levels = levels;
  }
}

interface Call {
  shell: Shell;
  /** `args[0]` is the builtin's name. */
  args: readonly string[];
  input: Input;
  output: Output;
  errors: Output;
}

type Builtin = (call: Call) => Promise<number>;

const loopControl = (kind: 'break' | 'continue'): Builtin => {
  return async ({ args }) => {
    throw new LoopControl(kind, Math.max(1, Number(args[1]) || 1));
  };
};

/** The commands that change the shell itself, and so cannot be programs. */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', async () => 0],
  ['true', async () => 0],
  ['false', async () => 1],
  ['break', loopControl('break')],
  ['continue', loopControl('continue')],
  [
    'exit',
    async ({ shell, args }) => {
      throw new ExitShell(args[1] === undefined ? shell.lastExitCode : Number.parseInt(args[1], 10) & 0xff);
    },
  ],
  [
    'cd',
    async ({ shell, args, errors }) => {
      const wanted = args[1] === '-' ? (shell.variable('OLDPWD') ?? '/') : (args[1] ?? shell.variable('HOME') ?? '/');
      const path = resolvePath(shell.workingDirectory, wanted);
      if (!shell.files.isDirectory(path)) {
        const why = shell.files.stat(path) ? 'Not a directory' : 'No such file or directory';
        await shell.complain(`cd: can't cd to ${wanted}: ${why}`, errors);
        return 2;
      }
      shell.variables.set('OLDPWD', shell.workingDirectory);
      shell.workingDirectory = path;
      shell.variables.set('PWD', path);
      return 0;
    },
  ],
  [
    'export',
    async ({ shell, args }) => {
      for (const argument of args.slice(1)) {
        const [name = '', ...value] = argument.split('=');
        if (argument.includes('=')) shell.variables.set(name, value.join('='));
        shell.exported.add(name);
      }
      return 0;
    },
  ],
  [
    'unset',
    async ({ shell, args }) => {
      for (const name of args.slice(1)) shell.variables.delete(name);
      return 0;
    },
  ],
  [
    'set',
    async ({ shell, args, output }) => {
      if (args[1] === '--') shell.positional = args.slice(2);
      if (args.length > 1) return 0;
      const lines = [...shell.variables].sort().map(([name, value]) => `${name}='${value}'\n`);
      await output.write(Buffer.from(lines.join('')));
      return 0;
    },
  ],
  [
    'shift',
    async ({ shell, args }) => {
      shell.positional = shell.positional.slice(Number(args[1] ?? 1));
      return 0;
    },
  ],
  [
    'read',
    async ({ shell, args, input }) => {
      const names = args.slice(1).filter((argument) => !argument.startsWith('-'));
      // Only for a terminal, which gives one line at a time, is nothing read that the next command should have.
      const lines = readLines(input, shell.context.signal);
      const { value, done } = await lines.next();
      if (done || value === undefined) return 1;
      const words = value.trim().split(/\s+/);
      for (const [index, name] of names.entries()) {
        const last = index === names.length - 1;
        shell.variables.set(name, last ? words.slice(index).join(' ') : (words[index] ?? ''));
      }
      return 0;
    },
  ],
]);
