import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  stdin?: string | Buffer;
  /** Ends the process, and fails, beyond this. */
  timeoutMs?: number;
}

/** Runs a program to its end. An exit code other than zero is an answer, not an error. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = start(program, args, options);
  child.process.stdin.end(options.stdin);
  const { timeoutMs = 45_000 } = options;
  const timer = setTimeout(() => child.process.kill('SIGKILL'), timeoutMs);
  const [exitCode, signal] = (await once(child.process, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  if (signal === 'SIGKILL')
    throw new Error(`${program} ${args.join(' ')} did not end in ${timeoutMs} ms:\n${child.stdout()}${child.stderr()}`);
  return { exitCode, stdout: child.stdout(), stderr: child.stderr() };
}

export interface Running {
  process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** All that was printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves once the output has a match, with the match. */
  until(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves with the exit code once it has ended. */
  ended: Promise<number | null>;
  /** SIGTERM, then waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export function start(
  program: string,
  args: readonly string[],
  { env, cwd }: Omit<RunOptions, 'stdin' | 'timeoutMs'> = {},
): Running {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => undefined);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode));
  });
  // Whoever does not wait for the end must not die of an unhandled rejection.
  ended.catch(() => undefined);

  return {
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended,
    until(pattern, timeoutMs = 30_000) {
      return new Promise((resolve, reject) => {
        const describe = () =>
          `${program} ${args.join(' ')}\nstdout: ${output.stdout.slice(-2000)}\nstderr: ${output.stderr.slice(-2000)}`;
        const settle = (outcome: () => void) => {
          clearTimeout(timer);
          child.stdout.off('data', look);
          child.stderr.off('data', look);
          outcome();
        };
        const look = () => {
          const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
          if (match) settle(() => resolve(match));
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`no ${pattern} in ${timeoutMs} ms from ${describe()}`))),
          timeoutMs,
        );
        child.stdout.on('data', look);
        child.stderr.on('data', look);
        ended.then(
          () => {
            look();
            settle(() => reject(new Error(`ended without ${pattern}: ${describe()}`)));
          },
          (error: unknown) => settle(() => reject(error)),
        );
        look();
      });
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}
