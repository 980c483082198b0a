import type { AppState, Problem } from '../contract/app.ts';
import { contextName, type KubeconfigFile, type KubeconfigLease } from '../kubeconfig/index.ts';
import { problemOf } from './problem.ts';
import type { Clock, Logger } from './surroundings.ts';

interface KeeperOptions {
  own: KubeconfigFile;
  /** kubectl's own file. */
  kubectl: KubeconfigFile;
  onChange(): void;
  clock: Clock;
  logger: Logger;
}

interface Wanted {
  lease: KubeconfigLease | undefined;
  merge: boolean;
}

/** After a failure (a full disk, another program's lock) it is tried again. */
const retryMs = 5_000;

/** Keeps the written kubeconfig equal to what the person is entitled to at this moment: one write at a time, the latest wins. */
export class KubeconfigKeeper {
  readonly #options: KeeperOptions;
  #wanted: Wanted | undefined;
  #writtenOwn: string | undefined;
  #writtenKubectl: string | undefined;
  #contexts: string[] = [];
  #mergedInto: string | null = null;
  #problems: Problem[] = [];
  #failure: unknown;
  #running: Promise<void> | undefined;
  #retry: unknown;
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  get state(): AppState['kubeconfig'] {
    return { path: this.#options.own.path, mergedInto: this.#mergedInto, contexts: this.#contexts };
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** @param lease undefined: none of our entries */
  want(lease: KubeconfigLease | undefined, merge: boolean): void {
    if (this.#closed) return;
    this.#wanted = { lease, merge };
    this.#run();
  }

  /** Writes even what seems right already, in case a person changed the file; resolves when that is done or has failed. */
  async rewrite(): Promise<void> {
    this.#writtenOwn = undefined;
    this.#writtenKubectl = undefined;
    this.#run();
    await this.settled();
  }

  /** Resolves when the last wish is in the file, or has failed to be. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** @throws {KubeconfigError} what the last write failed with, if it did */
  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#retry);
    await this.settled();
  }

  #run(): void {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    let wanted: Wanted | undefined;
    do {
      wanted = this.#wanted;
      if (wanted) await this.#write(wanted);
    } while (wanted !== this.#wanted);
  }

  async #write({ lease, merge }: Wanted): Promise<void> {
    this.#options.clock.clearTimeout(this.#retry);
    const problems: Problem[] = [];
    let failure: unknown;
    const key = JSON.stringify(lease ?? null);
    const apply = async (file: KubeconfigFile, wanted: KubeconfigLease | undefined): Promise<boolean> => {
      try {
        if (wanted) {
          const { skipped } = await file.write(wanted);
          for (const name of skipped) problems.push(skippedContext(name, file.path));
        } else await file.clear();
        return true;
      } catch (error) {
        this.#options.logger.warn({ err: error }, 'the kubeconfig could not be written');
        problems.push(problemOf(error));
        failure = error;
        return false;
      }
    };
    let changed = false;
    if (this.#writtenOwn !== key) {
      changed = true;
      this.#writtenOwn = (await apply(this.#options.own, lease)) ? key : undefined;
    }
    // Without the merge the file is kubectl's alone: it is touched once, to take our entries out, and only if we put some in.
    const kubectlKey = merge ? key : 'none';
    if (this.#writtenKubectl !== kubectlKey && (merge || this.#mergedInto !== null)) {
      changed = true;
      const done = await apply(this.#options.kubectl, merge ? lease : undefined);
      this.#writtenKubectl = done ? kubectlKey : undefined;
      this.#mergedInto = done && merge ? this.#options.kubectl.path : null;
    }
    if (!changed) return;
    this.#contexts = lease ? lease.contexts.map((entry) => contextName(lease.organisation, entry)) : [];
    this.#problems = problems;
    this.#failure = failure;
    if (failure !== undefined && !this.#closed)
      this.#retry = this.#options.clock.setTimeout(() => this.#run(), retryMs);
    this.#options.onChange();
  }
}

function skippedContext(name: string, path: string): Problem {
  return {
    code: 'POSTERN_KUBECONFIG_UNWRITABLE',
    message: `${path} has a context ${name} that is not Postern’s; it was left as it is`,
    hint: 'rename that context',
  };
}
