import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const keptOutputBytes = 64 * 1024;
const patienceMs = 10_000;

/** One program that a test started and ends. */
export interface ServerProcess {
  /** The end of what it wrote, for a message. */
  output(): string;
  /** Set once it has ended. */
  ended(): boolean;
  stop(): Promise<void>;
}

export function startProcess(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): ServerProcess {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
  let output = '';
  let failure: Error | undefined;
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-keptOutputBytes);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.on('error', (error) => {
    failure = error;
  });
  const hasEnded = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  return {
    output: () => (failure ? String(failure) : output),
    ended: hasEnded,
    async stop() {
      if (hasEnded()) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
      await exited;
      clearTimeout(killer);
    },
  };
}
