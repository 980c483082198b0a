import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { writeTextAtomically } from '../state-folder/index.ts';
import { uuidv7 } from '../tunnel/index.ts';
import { TerminalError } from './errors.ts';
import { type KeptTab, KeptTabs } from './kept-tabs.ts';
import { filesInFolder, loginShell, planLaunch } from './login-shell.ts';
import { Terminal } from './terminal.ts';
import type { TerminalAttachment, TerminalSummary, TerminalsOptions } from './types.ts';

/** Shells are processes with files; a runaway caller must not use up the machine. */
export const maxTerminals = 50;

interface Size {
  columns: number;
  rows: number;
}

interface RestoredTab extends KeptTab {
  size: Size;
  starting: Promise<Terminal> | undefined;
}

interface Start {
  id: string;
  folder: string;
  context: string;
  kubeconfig: string;
  size: Size;
  workingDirectory: string | null;
  notice: string;
}

/** Until a window says how large it is. */
const defaultSize: Size = { columns: 80, rows: 24 };
/** Dimmed. */
const notice =
  '\u001b[2mPostern was restarted: this is a new shell, and what it showed before is not kept.\u001b[0m\r\n';

/** The in-app terminals: a login shell each, in a context of its own that no other terminal shares. */
export class Terminals {
  readonly #options: TerminalsOptions;
  readonly #kept: KeptTabs;
  readonly #terminals = new Map<string, Terminal>();
  /** Tabs of a former process. Their shell starts when a window first looks at them. */
  readonly #restored: Map<string, RestoredTab>;
  #opening = 0;
  #closed = false;

  private constructor(options: TerminalsOptions, kept: KeptTabs, tabs: readonly KeptTab[]) {
    this.#options = options;
    this.#kept = kept;
    this.#restored = new Map(tabs.map((tab) => [tab.id, { ...tab, size: defaultSize, starting: undefined }]));
  }

  /**
   * Takes up the tabs of a former process, and removes what one that was killed left behind.
   *
   * @throws {StateError} `POSTERN_STATE_UNREADABLE`
   */
  static async start(options: TerminalsOptions): Promise<Terminals> {
    await rm(options.folder, { recursive: true, force: true });
    const onFailure = (error: unknown): void =>
      options.logger.warn({ err: error }, 'which terminals are open could not be written down');
    const { kept, tabs } = await KeptTabs.open({ path: options.tabs, onFailure }, maxTerminals);
    return new Terminals(options, kept, tabs);
  }

  /** Oldest first: ids are UUIDv7. */
  get list(): TerminalSummary[] {
    const restored = [...this.#restored.values()].map(({ id, context, startedAt }) => ({
      ...{ id, context, startedAt },
      title: context,
      exitCode: null,
    }));
    const running = [...this.#terminals.values()].map((terminal) => terminal.summary);
    return [...restored, ...running].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  /**
   * @throws {TerminalError} `POSTERN_TERMINAL_FAILED` where the shell cannot be started; whatever `kubeconfig` throws
   */
  async open(context: string, size: { columns: number; rows: number }): Promise<string> {
    if (this.#closed) throw new TerminalError('POSTERN_TERMINAL_FAILED', 'Postern is ending');
    if (this.#terminals.size + this.#restored.size + this.#opening >= maxTerminals) {
      throw new TerminalError('POSTERN_TERMINAL_FAILED', `${maxTerminals} terminals are open already`, {
        hint: 'close one first',
      });
    }
    const id = uuidv7();
    const folder = join(this.#options.folder, id);
    this.#opening += 1;
    try {
      const kubeconfig = await this.#options.kubeconfig(id, context);
      const terminal = await this.#start({ id, folder, context, kubeconfig, size, workingDirectory: null, notice: '' });
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

  /** @throws {TerminalError} `POSTERN_TERMINAL_UNKNOWN`; for a tab of a former process, `POSTERN_TERMINAL_FAILED` */
  async attach(id: string, attachment?: string): Promise<TerminalAttachment> {
    return (await this.#running(id)).attach(attachment);
  }

  acknowledge(id: string, attachment: string, length: number): void {
    this.#terminals.get(id)?.acknowledge(attachment, length);
  }

  async write(id: string, data: string): Promise<void> {
    const running = this.#terminals.get(id) ?? (await this.#running(id));
    running.write(data);
  }

  resize(id: string, columns: number, rows: number): void {
    const restored = this.#restored.get(id);
    if (restored) restored.size = { columns, rows };
    else this.#find(id).resize(columns, rows);
  }

  /** After a sign-in or a sign-out, when the tokens in the files are void. A context that is gone leaves an empty file. */
  async rewriteKubeconfigs(): Promise<void> {
    for (const { summary } of [...this.#terminals.values()]) {
      if (summary.exitCode !== null) continue;
      const text = await this.#kubeconfigOrEmpty(summary);
      try {
        await writeTextAtomically(join(this.#options.folder, summary.id, 'kubeconfig'), text);
      } catch (error) {
        // The shell may have ended meanwhile, and its folder with it; the others are not to wait for that.
        this.#options.logger.warn({ err: error }, 'the kubeconfig of a terminal could not be written');
      }
    }
  }

  async closeTerminal(id: string): Promise<void> {
    if (this.#restored.delete(id)) {
      this.#changed();
      return;
    }
    const terminal = this.#find(id);
    this.#terminals.delete(id);
    this.#changed();
    await terminal.close();
  }

  /** Ends every shell and removes its files; which tabs there were stays written down. */
  async close(): Promise<void> {
    this.#closed = true;
    const terminals = [...this.#terminals.values()];
    this.#terminals.clear();
    this.#restored.clear();
    await Promise.all(terminals.map((terminal) => terminal.close()));
    await this.#kept.settled();
    await rm(this.#options.folder, { recursive: true, force: true });
  }

  async #running(id: string): Promise<Terminal> {
    const restored = this.#restored.get(id);
    if (!restored) return this.#find(id);
    restored.starting ??= this.#startRestored(restored).finally(() => {
      restored.starting = undefined;
    });
    return restored.starting;
  }

  async #startRestored(tab: RestoredTab): Promise<Terminal> {
    const { id, context, workingDirectory, size } = tab;
    const folder = join(this.#options.folder, id);
    try {
      const kubeconfig = await this.#kubeconfigOrEmpty(tab);
      const terminal = await this.#start({ id, folder, context, kubeconfig, size, workingDirectory, notice });
      if (!this.#restored.delete(id)) {
        await terminal.close();
        throw unknownTerminal(id);
      }
      this.#terminals.set(id, terminal);
      if (tab.size !== size) terminal.resize(tab.size.columns, tab.size.rows);
      this.#changed();
      return terminal;
    } catch (error) {
      await this.#release(id, folder);
      throw error;
    }
  }

  /** With no entitlement (any more) the file is empty, and kubectl says that the context does not exist. */
  async #kubeconfigOrEmpty({ id, context }: { id: string; context: string }): Promise<string> {
    try {
      return await this.#options.kubeconfig(id, context);
    } catch {
      return '';
    }
  }

  async #start({ id, folder, context, kubeconfig, size, workingDirectory, notice }: Start): Promise<Terminal> {
    const environment = this.#options.environment ?? process.env;
    const shell = this.#options.shell ?? loginShell(environment);
    const nonce = randomBytes(16).toString('hex');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, 'kubeconfig'), kubeconfig, { mode: 0o600 });
    // In a file rather than the environment, which every process started in the terminal inherits.
    await writeFile(join(folder, 'nonce'), `${nonce}\n`, { mode: 0o600 });
    if (basename(shell) === 'fish') {
      await copyFile(filesInFolder.fish.from, join(folder, filesInFolder.fish.to));
      await chmod(join(folder, filesInFolder.fish.to), 0o600);
    }
    const launch = planLaunch({ shell, environment, folder });
    const pty = await this.#spawn(launch, size, workingDirectory);
    return new Terminal({
      id,
      context,
      startedAt: new Date(this.#now()),
      workingDirectory,
      notice,
      pty,
      nonce,
      onMark: (mark) => {
        const at = new Date(this.#now());
        if (mark.kind === 'command-started') this.#options.log.noteCommandLine(id, mark.commandLine, at);
        else if (mark.kind === 'command-ended') this.#options.log.commandEnded(id, mark.exitCode, at);
        else this.#keep();
      },
      onExit: () => {
        // Of a line that runs to the shell's own end (`exit`, a tab that is closed) the shell says nothing any more.
        this.#options.log.commandEnded(id, null, new Date(this.#now()));
        // A folder that cannot be removed now goes at the next start; its token is void already.
        this.#release(id, folder).catch(() => undefined);
        this.#changed();
      },
    });
  }

  async #spawn(launch: ReturnType<typeof planLaunch>, { columns, rows }: Size, workingDirectory: string | null) {
    try {
      // node-pty reports a missing program only as an exit code of the child it forked.
      if (process.platform !== 'win32') await access(launch.file, constants.X_OK);
      const { spawn } = await import('@lydell/node-pty');
      return spawn(launch.file, launch.args, {
        name: 'xterm-256color',
        cols: columns,
        rows,
        cwd: await usableFolder([workingDirectory, launch.environment.HOME ?? homedir()]),
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
    if (!terminal) throw unknownTerminal(id);
    return terminal;
  }

  #changed(): void {
    if (this.#closed) return;
    this.#keep();
    this.#options.onChange(this.list);
  }

  /** Shells that have exited do not come back. */
  #keep(): void {
    if (this.#closed) return;
    const running = [...this.#terminals.values()]
      .filter(({ summary }) => summary.exitCode === null)
      .map(({ summary: { id, context, startedAt }, workingDirectory }) => ({
        id,
        context,
        startedAt,
        workingDirectory,
      }));
    const restored = [...this.#restored.values()].map(({ id, context, startedAt, workingDirectory }) => ({
      ...{ id, context, startedAt, workingDirectory },
    }));
    this.#kept.keep([...restored, ...running]);
  }

  #now(): number {
    return this.#options.clock?.now() ?? Date.now();
  }
}

async function usableFolder(wanted: readonly (string | null)[]): Promise<string> {
  for (const folder of wanted) {
    if (folder === null) continue;
    const found = await stat(folder).catch(() => undefined);
    if (!found?.isDirectory()) continue;
    const usable = await access(folder, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return folder;
  }
  return '/';
}

function unknownTerminal(id: string): TerminalError {
  return new TerminalError('POSTERN_TERMINAL_UNKNOWN', `There is no terminal ${id}`);
}
