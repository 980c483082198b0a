import { rm } from 'node:fs/promises';
import { KubeconfigFile } from '../kubeconfig/index.ts';
import { readTextIfPresent, writeTextAtomically } from '../state-folder/index.ts';
import type { Logger } from './surroundings.ts';

interface MergeRecordOptions {
  /** The record itself. */
  path: string;
  installation: string;
  logger: Logger;
}

/**
 * Which of kubectl's files our entries are in, or may be. `KUBECONFIG` can name another one at the next start, and what was
 * put into the former would stay there: out of date, and after a sign-out too.
 */
export class MergeRecord {
  readonly #options: MergeRecordOptions;

  constructor(options: MergeRecordOptions) {
    this.#options = options;
  }

  /**
   * Takes our entries out of the file of a former start, where that was another one.
   *
   * @param kubectlConfig kubectl's file now
   * @returns whether our entries are, or may be, in that one
   */
  async takeUp(kubectlConfig: string): Promise<boolean> {
    const { path, installation, logger } = this.#options;
    try {
      const former = await readTextIfPresent(path);
      if (former === undefined || former === kubectlConfig) return former !== undefined;
      await new KubeconfigFile({ path: former, installation }).clear();
      await this.note(undefined);
    } catch (error) {
      logger.warn({ err: error }, 'a kubeconfig that Postern merged into before could not be tidied');
    }
    return false;
  }

  /** @param kubectlConfig undefined where none of our entries is in any file of kubectl's */
  async note(kubectlConfig: string | undefined): Promise<void> {
    const { path, logger } = this.#options;
    try {
      if (kubectlConfig === undefined) await rm(path, { force: true });
      else await writeTextAtomically(path, kubectlConfig);
    } catch (error) {
      // It matters only where KUBECONFIG changes before the merge ends.
      logger.warn({ err: error }, 'the file that Postern merges into could not be noted');
    }
  }
}
