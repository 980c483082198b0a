import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Beside PATH: where Google's packages put kubectl of every version they ship. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/lib/google-cloud-sdk/bin'];

/** The kubectl of a version, as `kubectl.1.27`, where it is installed. */
export function findKubectl(version: string): string | undefined {
  return folders
    .map((folder) => join(folder, `kubectl.${version}`))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export interface Run {
  exitCode: number | null;
  stdout: Buffer;
  stderr: string;
}

/** Runs one kubectl against one server, with a home of its own. */
export class Kubectl {
  readonly home = mkdtempSync(join(tmpdir(), 'kubectl-test-'));
  readonly #binary: string;
  readonly #kubeconfig = join(this.home, 'config');
  readonly #running = new Set<ChildProcessWithoutNullStreams>();

  constructor(binary: string, server: string) {
    this.#binary = binary;
    const cluster = { name: 'test', cluster: { server } };
    const context = { name: 'test', context: { cluster: 'test', user: 'test', namespace: 'default' } };
    const config = { clusters: [cluster], contexts: [context], users: [{ name: 'test', user: {} }] };
    writeFileSync(
      this.#kubeconfig,
      JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'test', ...config }),
    );
  }

  start(...args: string[]): ChildProcessWithoutNullStreams {
    return this.#spawn(this.#binary, args);
  }

  /** Runs kubectl on a terminal of its own, which `script` makes. */
  startOnTerminal(...args: string[]): ChildProcessWithoutNullStreams {
    const command = [this.#binary, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    return this.#spawn('script', ['-q', '-e', '-c', `stty rows 33 cols 111; ${command}`, '/dev/null']);
  }

  async run(args: readonly string[], input: string | Buffer = ''): Promise<Run> {
    const child = this.start(...args);
    child.stdin.end(input);
    return finished(child);
  }

  close(): void {
    for (const child of this.#running) child.kill('SIGKILL');
    rmSync(this.home, { recursive: true, force: true });
  }

  #spawn(command: string, args: readonly string[]): ChildProcessWithoutNullStreams {
    const env = { PATH: process.env.PATH, HOME: this.home, KUBECONFIG: this.#kubeconfig, TERM: 'xterm' };
    const child = spawn(command, args, { env });
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    child.stdin.on('error', () => {}); // it may end without reading all it was given
    return child;
  }
}

export function finished(child: ChildProcessWithoutNullStreams): Promise<Run> {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, stdout: Buffer.concat(stdout), stderr }));
  });
}

/** Resolves with all that was read so far once `pattern` is in it; rejects where the stream ends without. */
export function shows(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const receive = (chunk: Buffer) => {
      text += chunk;
      if (!pattern.test(text)) return;
      stream.off('data', receive).off('end', ended);
      resolve(text);
    };
    const ended = () => reject(new Error(`${pattern} did not appear in: ${text}`));
    stream.on('data', receive).once('end', ended);
  });
}
