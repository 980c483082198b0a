import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { writeTextAtomically } from '../state-folder/index.ts';
import { TerminalError } from './errors.ts';
import { filesInFolder, loginShell, planLaunch } from './login-shell.ts';
import { Terminal } from './terminal.ts';
import type { TerminalAttachment, TerminalSummary, TerminalsOptions } from './types.ts';

/** Shells are processes with files; a runaway caller must not use up the machine. */
export const maxTerminals = 50;

/** The in-app terminals: a login shell each, in a context of its own that no other terminal shares. */
export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #terminals = new Map<string, Terminal>();
  #opening = 0;
  #closed = false;

  private constructor(options: TerminalsOptions) {
    this.#options = options;
  }

  /** Removes what a former process that was killed left behind. */
  static async start(options: TerminalsOptions): Promise<Terminals> {
    await rm(options.folder, { recursive: true, force: true });
    return new Terminals(options);
  }

  get list(): TerminalSummary[] {
    return [...this.#terminals.values()].map((terminal) => terminal.summary);
  }

  /**
   * @throws {TerminalError} `POSTERN_TERMINAL_FAILED` where the shell cannot be started; whatever `kubeconfig` throws
   */
  async open(context: string, size: { columns: number; rows: number }): Promise<string> {
    if (this.#closed || this.#terminals.size + this.#opening >= maxTerminals) {
      throw new TerminalError('POSTERN_TERMINAL_FAILED', `${maxTerminals} terminals are open already`, {
        hint: 'close one first',
      });
    }
    const id = uuidv7();
    const folder = join(this.#options.folder, id);
    this.#opening += 1;
    try {
      const terminal = await this.#start(id, folder, context, size);
      this.#terminals.set(id, terminal);
      this.#changed();
      if (this.#closed) await this.close();
      return id;
    } catch (error) {
      await this.#release(id, folder);
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  /** @throws {TerminalError} `POSTERN_TERMINAL_UNKNOWN` */
  attach(id: string, attachment?: string): TerminalAttachment {
    return this.#find(id).attach(attachment);
  }

  acknowledge(id: string, attachment: string, length: number): void {
    this.#terminals.get(id)?.acknowledge(attachment, length);
  }

  write(id: string, data: string): void {
    this.#find(id).write(data);
  }

  resize(id: string, columns: number, rows: number): void {
    this.#find(id).resize(columns, rows);
  }

  /** After a sign-in or a sign-out, when the tokens in the files are void. A context that is gone leaves an empty file. */
  async rewriteKubeconfigs(): Promise<void> {
    for (const { id, context, exitCode } of this.list) {
      if (exitCode !== null) continue;
      let text = '';
      try {
        text = await this.#options.kubeconfig(id, context);
      } catch {
        // No entitlement any more: kubectl says that the context does not exist.
      }
      const path = join(this.#options.folder, id, 'kubeconfig');
      await writeTextAtomically(path, text);
    }
  }

  async closeTerminal(id: string): Promise<void> {
    const terminal = this.#find(id);
    this.#terminals.delete(id);
    this.#changed();
    await terminal.close();
  }

  /** Ends every shell and removes every file. */
  async close(): Promise<void> {
    this.#closed = true;
    const terminals = [...this.#terminals.values()];
    this.#terminals.clear();
    await Promise.all(terminals.map((terminal) => terminal.close()));
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async #start(
    id: string,
    folder: string,
    context: string,
    { columns, rows }: { columns: number; rows: number },
  ): Promise<Terminal> {
    const environment = this.#options.environment ?? process.env;
    const shell = this.#options.shell ?? loginShell(environment);
    const nonce = randomBytes(16).toString('hex');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, 'kubeconfig'), await this.#options.kubeconfig(id, context), { mode: 0o600 });
    // In a file rather than the environment, which every process started in the terminal inherits.
    await writeFile(join(folder, 'nonce'), `${nonce}\n`, { mode: 0o600 });
    if (basename(shell) === 'fish') {
      await copyFile(filesInFolder.fish.from, join(folder, filesInFolder.fish.to));
      await chmod(join(folder, filesInFolder.fish.to), 0o600);
    }
    const launch = planLaunch({ shell, environment, folder });
    const pty = await this.#spawn(launch, columns, rows);
    const terminal = new Terminal({
      id,
      context,
      startedAt: new Date(this.#now()),
      pty,
      nonce,
      onMark: (mark) => {
        const at = new Date(this.#now());
        if (mark.kind === 'command-started') this.#options.log.noteCommandLine(id, mark.commandLine, at);
        else this.#options.log.commandEnded(id, mark.exitCode, at);
      },
      onExit: () => {
        // A folder that cannot be removed now goes at the next start; its token is void already.
        this.#release(id, folder).catch(() => undefined);
        this.#changed();
      },
    });
    return terminal;
  }

  async #spawn(launch: ReturnType<typeof planLaunch>, columns: number, rows: number) {
    try {
      // node-pty reports a missing program only as an exit code of the child it forked.
      if (process.platform !== 'win32') await access(launch.file, constants.X_OK);
      const { spawn } = await import('@lydell/node-pty');
      return spawn(launch.file, launch.args, {
        name: 'xterm-256color',
        cols: columns,
        rows,
        cwd: await usableFolder(launch.environment.HOME ?? homedir()),
        env: launch.environment,
        encoding: 'utf8',
      });
    } catch (cause) {
      throw new TerminalError('POSTERN_TERMINAL_FAILED', `The shell ${launch.file} cannot be started`, {
        cause,
        hint: 'set SHELL to the path of an installed shell',
      });
    }
  }

  async #release(id: string, folder: string): Promise<void> {
    this.#options.released(id);
    await rm(folder, { recursive: true, force: true });
  }

  #find(id: string): Terminal {
    const terminal = this.#terminals.get(id);
    if (!terminal) throw new TerminalError('POSTERN_TERMINAL_UNKNOWN', `There is no terminal ${id}`);
    return terminal;
  }

  #changed(): void {
    if (!this.#closed) this.#options.onChange(this.list);
  }

  #now(): number {
    return this.#options.clock?.now() ?? Date.now();
  }
}

async function usableFolder(folder: string): Promise<string> {
  try {
    await access(folder, constants.X_OK);
    return folder;
  } catch {
    return '/';
  }
}
