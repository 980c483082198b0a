import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kubectl } from './kubectl.ts';
import { logInAtIdp } from './log-in-at-idp.ts';
import { type Finished, type Running, type RunOptions, run, start } from './processes.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const commandLine = join(repository, 'proxy-core/cli/main.ts');

/** Runs `postern …` to its end. */
export function postern(args: string[], options: RunOptions = {}): Promise<Finished> {
  return run(process.execPath, [commandLine, ...args], { ...options, env: { ...noKeyring, ...options.env } });
}

export function startPostern(args: string[], env: Record<string, string> = {}): Running {
  return start(process.execPath, [commandLine, ...args], { env: { ...noKeyring, ...env } });
}

/** No test may touch the keyring of whoever runs it. */
const noKeyring = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/postern-tests' };

export interface Ready {
  ready: true;
  kubeconfig: string;
  proxy: string;
  signedIn: boolean;
}

/** One person's machine: a state folder and a core that runs on it. */
export class Workstation {
  readonly home: string;
  readonly core: Running;
  readonly ready: Ready;

  private constructor(home: string, core: Running, ready: Ready) {
    this.home = home;
    this.core = core;
    this.ready = ready;
  }

  /** Starts `postern up` on a fresh state folder, or on `home`. */
  static async start(controllerUrl: string, home?: string): Promise<Workstation> {
    const folder = home ?? (await mkdtemp(join(tmpdir(), 'postern-home-')));
    const core = startPostern(['up', '--controller', controllerUrl, '-o', 'json'], {
      POSTERN_HOME: folder,
      HOME: folder,
    });
    const [line] = await core.until(/^\{.*"ready":true.*\}$/m);
    return new Workstation(folder, core, JSON.parse(line) as Ready);
  }

  /** Signs in as `postern login --no-browser` does, with the login page filled in. */
  async signIn(person: { username: string; password: string }): Promise<void> {
    const login = startPostern(['login', '--no-browser', '-o', 'json'], this.env);
    const [line] = await login.until(/^\{.*"url":.*\}$/m);
    await logInAtIdp((JSON.parse(line) as { url: string }).url, person);
    const exitCode = await login.ended;
    if (exitCode !== 0) throw new Error(`login ended with ${exitCode}: ${login.stdout()}${login.stderr()}`);
  }

  get env(): Record<string, string> {
    return { POSTERN_HOME: this.home, HOME: this.home };
  }

  postern(args: string[], options: RunOptions = {}): Promise<Finished> {
    return postern(args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** @throws where the command fails */
  async json<Result>(args: string[]): Promise<Result> {
    const { exitCode, stdout, stderr } = await this.postern([...args, '-o', 'json']);
    if (exitCode !== 0) throw new Error(`postern ${args.join(' ')} ended with ${exitCode}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as Result;
  }

  kubectl(context: string, program?: string): Kubectl {
    return new Kubectl({ program, kubeconfig: this.ready.kubeconfig, context, home: this.home });
  }

  async close(): Promise<void> {
    await this.core.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
