import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Finished, type Running, type RunOptions, run, start } from './processes.ts';

/** The kubectl programs of this machine: the installed one and those that stand beside it as `kubectl.1.NN`, oldest first. */
export const kubectlPrograms: { version: string; path: string }[] = findKubectls();
export const oldestKubectl = kubectlPrograms[0];
export const newestKubectl = kubectlPrograms.at(-1);

function findKubectls(): { version: string; path: string }[] {
  let installed: string;
  try {
    installed = realpathSync(execFileSync('sh', ['-c', 'command -v kubectl'], { encoding: 'utf8' }).trim());
  } catch {
    return [];
  }
  const folder = dirname(installed);
  const beside = readdirSync(folder)
    .map((name) => ({ version: /^kubectl\.(1\.\d+)$/.exec(name)?.[1], path: join(folder, name) }))
    .filter((found): found is { version: string; path: string } => found.version !== undefined)
    .sort((left, right) => Number(left.version.slice(2)) - Number(right.version.slice(2)));
  return beside.length > 0 ? beside : [{ version: 'installed', path: installed }];
}

/** A kubectl bound to one kubeconfig and context. */
export class Kubectl {
  readonly #program: string;
  readonly #arguments: string[];
  readonly #env: Record<string, string | undefined>;

  /** @param home kubectl's HOME: its discovery cache must not be shared between tests */
  constructor({
    program = newestKubectl?.path ?? 'kubectl',
    kubeconfig,
    context,
    home,
  }: { program?: string; kubeconfig: string; context?: string; home: string }) {
    this.#program = program;
    this.#arguments = ['--kubeconfig', kubeconfig, ...(context ? ['--context', context] : [])];
    // The switches of KEP-4006 in whoever runs the tests must not decide which protocol they test.
    this.#env = {
      HOME: home,
      KUBECTL_REMOTE_COMMAND_WEBSOCKETS: undefined,
      KUBECTL_PORT_FORWARD_WEBSOCKETS: undefined,
    };
  }

  run(args: string[], options: RunOptions = {}): Promise<Finished> {
    return run(this.#program, [...this.#arguments, ...args], { ...options, env: { ...this.#env, ...options.env } });
  }

  /** @throws where kubectl fails */
  async output(args: string[], options: RunOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(args, options);
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
    return stdout;
  }

  async json<Result>(args: string[]): Promise<Result> {
    return JSON.parse(await this.output([...args, '-o', 'json'])) as Result;
  }

  start(args: string[]): Running {
    return start(this.#program, [...this.#arguments, ...args], { env: this.#env });
  }
}
