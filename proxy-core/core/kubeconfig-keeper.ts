import type { AppState, Problem } from '../contract/app.ts';
import type { KubeconfigFile, KubeconfigLease } from '../kubeconfig/index.ts';
import { LatestWrite } from '../state-folder/index.ts';
import { KeptFile } from './kept-file.ts';
import type { Clock, Logger } from './surroundings.ts';

interface KeeperOptions {
  own: KubeconfigFile;
  /** kubectl's own file. */
  kubectl: KubeconfigFile;
  /** Our entries are, or may be, in it from a former start. */
  isMerged: boolean;
  /** Told before the first of our entries comes into kubectl's file, and after the last is out of it. */
  noteMerge(path: string | undefined): Promise<void>;
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
  readonly #own: KeptFile;
  readonly #kubectl: KeptFile;
  readonly #writing = new LatestWrite((wanted: Wanted) => this.#write(wanted));
  #wantedKey: string | undefined;
  /** Our entries are, or may be, in kubectl's own file. */
  #merged: boolean;
  #retry: unknown;
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#merged = options.isMerged;
    this.#own = new KeptFile(options.own, options.logger);
    this.#kubectl = new KeptFile(options.kubectl, options.logger);
  }

  get state(): AppState['kubeconfig'] {
    const merged = this.#merged && this.#kubectl.failure === undefined && this.#writing.wish?.merge === true;
    return {
      path: this.#own.path,
      mergedInto: merged ? this.#kubectl.path : null,
      contexts: this.#own.contexts,
    };
  }

  get problems(): readonly Problem[] {
    return [...this.#own.problems, ...this.#kubectl.problems];
  }

  /** @param lease undefined: none of our entries */
  want(lease: KubeconfigLease | undefined, merge: boolean): void {
    const key = JSON.stringify([lease, merge]);
    // What failed is tried again by the timer, not by each wish for the same.
    if (this.#closed || key === this.#wantedKey) return;
    this.#wantedKey = key;
    this.#writing.want({ lease, merge });
  }

  /** Writes even what seems right already, in case a person changed the file; resolves when that is done or has failed. */
  async rewrite(): Promise<void> {
    await this.settled();
    this.#own.distrust();
    this.#kubectl.distrust();
    this.#writing.again();
    await this.settled();
  }

  /** Resolves when the last wish is in the file, or has failed to be. */
  settled(): Promise<void> {
    return this.#writing.settled();
  }

  /** @throws {KubeconfigError} what the last write failed with, if it did */
  throwFailure(): void {
    const failure = this.#own.failure ?? this.#kubectl.failure;
    if (failure !== undefined) throw failure;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#options.clock.clearTimeout(this.#retry);
    await this.settled();
  }

  async #write({ lease, merge }: Wanted): Promise<void> {
    const { clock } = this.#options;
    clock.clearTimeout(this.#retry);
    let changed = await this.#own.make(lease);
    // Without the merge the file is kubectl's alone: it is touched only to take out what was put in. Where it is our own
    // one (POSTERN_KUBECONFIG), that would take out everything.
    if (this.#kubectl.path !== this.#own.path && (merge || this.#merged)) {
      if (!this.#merged) await this.#options.noteMerge(this.#kubectl.path);
      this.#merged = true;
      if (await this.#kubectl.make(merge ? lease : undefined)) changed = true;
      if (!merge && this.#kubectl.failure === undefined) {
        this.#merged = false;
        await this.#options.noteMerge(undefined);
      }
    }
    const failed = this.#own.failure !== undefined || this.#kubectl.failure !== undefined;
    if (failed && !this.#closed) this.#retry = clock.setTimeout(() => this.#writing.again(), retryMs);
    if (changed) this.#options.onChange();
  }
}
