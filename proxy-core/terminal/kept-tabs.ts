import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { LatestWrite, readTextIfPresent, writeTextAtomically } from '../state-folder/index.ts';

/** What of a terminal outlives the process. */
const keptTab = z.object({
  id: z.uuid(),
  context: z.string().min(1).max(512),
  /** Null where the shell never said. */
  workingDirectory: z.string().max(4096).refine(isAbsolute).nullable(),
  startedAt: z.iso.datetime(),
});
export type KeptTab = z.infer<typeof keptTab>;

const keptTabs = z.array(z.unknown());

interface KeptTabsOptions {
  path: string;
  /** The tabs open now are not kept: the disk is full. Told once until a write succeeds again. */
  onFailure(error: unknown): void;
}

/**
 * Which terminals were open, in a file of mode 0600: context and working directory, so that they are there again after a
 * restart, each with a new shell. What they showed is not kept: it may hold secrets (`kubectl get secret -o yaml`), and
 * those are never written to a file.
 */
export class KeptTabs {
  readonly #options: KeptTabsOptions;
  readonly #writing = new LatestWrite((text: string) => this.#write(text));
  #wanted: string;
  #failed = false;

  private constructor(options: KeptTabsOptions, present: string) {
    this.#options = options;
    this.#wanted = present;
  }

  /**
   * @param most more than these are not taken up
   * @throws {StateError} `POSTERN_STATE_UNREADABLE`
   */
  static async open(options: KeptTabsOptions, most: number): Promise<{ kept: KeptTabs; tabs: KeptTab[] }> {
    const text = (await readTextIfPresent(options.path)) ?? '';
    return { kept: new KeptTabs(options, text), tabs: parse(text).slice(0, most) };
  }

  /** Returns at once; one write at a time, the latest wins. */
  keep(tabs: readonly KeptTab[]): void {
    const text = `${JSON.stringify(tabs)}\n`;
    if (text === this.#wanted) return;
    this.#wanted = text;
    this.#writing.want(text);
  }

  settled(): Promise<void> {
    return this.#writing.settled();
  }

  async #write(text: string): Promise<void> {
    try {
      await writeTextAtomically(this.#options.path, text);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#options.onFailure(error);
      this.#failed = true;
    }
  }
}

/** A tab that cannot be understood is left out: it is a convenience, not a record. */
function parse(text: string): KeptTab[] {
  try {
    return keptTabs.parse(JSON.parse(text)).flatMap((tab) => keptTab.safeParse(tab).data ?? []);
  } catch {
    return [];
  }
}
