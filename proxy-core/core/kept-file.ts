import type { Problem } from '../contract/app.ts';
import type { KubeconfigFile, KubeconfigLease } from '../kubeconfig/index.ts';
import { problemOf } from './problem.ts';
import type { Logger } from './surroundings.ts';

/** One kubeconfig file, with what is known to be in it and what went wrong with it last. */
export class KeptFile {
  readonly #file: KubeconfigFile;
  readonly #logger: Logger;
  #inFile: string | undefined;
  #contexts: string[] = [];
  #problems: Problem[] = [];
  #failure: unknown;

  constructor(file: KubeconfigFile, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  get path(): string {
    return this.#file.path;
  }

  /** The names of our contexts in the file. */
  get contexts(): string[] {
    return this.#contexts;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** What the last write failed with; undefined where it worked. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Somebody else may have changed it. */
  distrust(): void {
    this.#inFile = undefined;
  }

  /** @returns false where the file is right already, so nothing was done */
  async make(lease: KubeconfigLease | undefined): Promise<boolean> {
    const key = JSON.stringify(lease ?? null);
    if (this.#inFile === key) return false;
    try {
      const written = lease ? await this.#file.write(lease) : await this.#file.clear();
      this.#inFile = key;
      this.#contexts = written?.contexts ?? [];
      this.#problems = (written?.skipped ?? []).map((name) => skippedContext(name, this.path));
      this.#failure = undefined;
    } catch (error) {
      const problem = problemOf(error);
      // It is tried every few seconds: once said is enough.
      if (this.#problems[0]?.message !== problem.message) {
        this.#logger.warn({ err: error }, 'the kubeconfig could not be written');
      }
      this.#inFile = undefined;
      this.#problems = [problem];
      this.#failure = error;
    }
    return true;
  }
}

function skippedContext(name: string, path: string): Problem {
  return {
    code: 'POSTERN_KUBECONFIG_UNWRITABLE',
    message: `${path} has a context ${name} that is not Postern’s; it was left as it is`,
    hint: 'rename that context',
  };
}
