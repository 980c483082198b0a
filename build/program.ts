import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const repository = join(import.meta.dirname, '..');

/** @throws where it fails */
export async function runToEnd(program: string, args: string[]): Promise<void> {
  const child = spawn(program, args, { cwd: repository, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
}

/** A program that serves until it is told to end. */
export class Service {
  readonly process: ChildProcess;
  readonly ended: Promise<number | null>;

  /** It gets a process group of its own, so that a Ctrl-C in the terminal ends what we started in our order. */
  constructor(program: string, args: string[], environment: NodeJS.ProcessEnv, output: 'inherit' | 'pipe') {
    this.process = spawn(program, args, {
      cwd: repository,
      env: environment,
      stdio: ['ignore', output, 'inherit'],
      detached: true,
    });
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('exit', resolve);
    });
    this.ended.catch(() => undefined);
  }

  /**
   * Its first line, which is JSON.
   *
   * @throws where it ends without one
   */
  async firstLine<Line>(): Promise<Line> {
    const { stdout } = this.process;
    if (!stdout) throw new Error('the output is not read');
    const lines = createInterface({ input: stdout });
    const line = await Promise.race([
      once(lines, 'line').then(([text]) => text as string),
      this.ended.then((code) => Promise.reject(new Error(`${this.process.spawnargs[1]} ended with ${code}`))),
    ]);
    lines.on('line', () => undefined);
    return JSON.parse(line) as Line;
  }

  /** SIGTERM, then waits for the end. Idempotent. */
  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGTERM');
    await this.ended.catch(() => undefined);
  }
}
