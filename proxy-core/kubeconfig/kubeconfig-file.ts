import { chmod, readFile, readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { writeTextAtomically } from '../state-folder/text-file.ts';
import { noEntries, type OwnEntries, ownEntries } from './entries.ts';
import { KubeconfigError } from './errors.ts';
import { type LockClock, lockKubeconfig } from './lock.ts';
import { mergeEntries } from './merge.ts';
import type { KubeconfigLease, WrittenKubeconfig } from './types.ts';

export interface KubeconfigFileOptions {
  path: string;
  /** `StateFolder.installation`. */
  installation: string;
  clock?: LockClock;
}

/** What is kept of a file from before our first entry in it. */
const backupSuffix = '.before-postern';
/** As many links as the kernel follows. */
const maxLinks = 40;

/**
 * One kubeconfig that Postern keeps its entries in: its own file, or kubectl's. Both are treated alike: only our entries
 * are touched, and `current-context` never is. Calls on one object happen one after the other.
 */
export class KubeconfigFile {
  readonly path: string;
  readonly #installation: string;
  readonly #clock: LockClock;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KubeconfigFileOptions) {
    this.path = options.path;
    this.#installation = options.installation;
    this.#clock = options.clock ?? { now: () => new Date(), setTimeout };
  }

  /**
   * Makes our entries those of the lease. Idempotent: a file that is right already is not written.
   *
   * @throws {KubeconfigError} `POSTERN_KUBECONFIG_UNREADABLE`, `_LOCKED`, `_UNWRITABLE`; the file is as it was
   */
  write(lease: KubeconfigLease): Promise<WrittenKubeconfig> {
    return this.#inTurn(() => this.#merge(ownEntries(lease, this.#installation)));
  }

  /**
   * Takes our entries out (sign-out). A file that is not there stays so.
   *
   * @throws {KubeconfigError} as {@link KubeconfigFile.write}
   */
  async clear(): Promise<void> {
    await this.#inTurn(async () => {
      if ((await this.#read(await this.#target())) !== undefined) await this.#merge(noEntries);
    });
  }

  #inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(step);
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #merge(wanted: OwnEntries): Promise<WrittenKubeconfig> {
    // kubectl locks the path it was given, not what a link there points to.
    const release = await lockKubeconfig(this.path, this.#clock);
    try {
      const target = await this.#target();
      const before = await this.#read(target);
      const merged = mergeEntries(before ?? '', wanted, this.#installation, this.path);
      if (merged.changed) {
        if (before !== undefined && merged.wasForeign) await this.#store(target + backupSuffix, before);
        await this.#store(target, merged.text);
      } else await this.#closeToOthers(target);
      const contexts = wanted.contexts.map(({ name }) => name).filter((name) => !merged.skipped.includes(name));
      return { path: this.path, contexts, skipped: merged.skipped };
    } finally {
      await release();
    }
  }

  /** What the path is in the end: a link (dotfiles folders) is followed, and stays a link. */
  async #target(): Promise<string> {
    let target = this.path;
    for (let links = 0; links < maxLinks; links++) {
      const next = await readlink(target).catch(() => undefined);
      if (next === undefined) return target;
      target = resolve(dirname(target), next);
    }
    throw new KubeconfigError('POSTERN_KUBECONFIG_UNREADABLE', `${this.path} is a link that leads in a circle`);
  }

  async #read(target: string): Promise<string | undefined> {
    const hint = `check what ${this.path} is and its permissions; Postern left it as it is`;
    const found = await stat(target).catch(() => undefined);
    // KUBECONFIG=/dev/null means no kubeconfig: where root runs us, a file would take the device's place.
    if (found && !found.isFile()) {
      throw new KubeconfigError('POSTERN_KUBECONFIG_UNREADABLE', `${this.path} is no file`, { hint });
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(target));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new KubeconfigError(
        'POSTERN_KUBECONFIG_UNREADABLE',
        `${this.path} cannot be read: ${(cause as Error).message}`,
        { cause, hint },
      );
    }
  }

  async #store(target: string, text: string): Promise<void> {
    try {
      await writeTextAtomically(target, text);
    } catch (cause) {
      const { message, hint } = cause as KubeconfigError;
      throw new KubeconfigError('POSTERN_KUBECONFIG_UNWRITABLE', message, { cause, ...(hint ? { hint } : {}) });
    }
  }

  /** There is a token of ours in it. */
  async #closeToOthers(target: string): Promise<void> {
    const found = await stat(target).catch(() => undefined);
    if (found !== undefined && (found.mode & 0o077) !== 0 && process.platform !== 'win32') await chmod(target, 0o600);
  }
}
