import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Problem, type Settings, settings } from '../contract/app.ts';
import { readTextIfPresent, StateError, writeTextAtomically } from '../state-folder/index.ts';

const defaults: Settings = { controllerUrl: null, mergeKubeconfig: false, colorScheme: 'system', terminalFontSize: 13 };

/** What the person chose, in `settings.json`. */
export class SettingsFile {
  readonly #path: string;
  #current: Settings;
  /** Said once, at the start: the file was there but could not be understood. */
  readonly problem: Problem | null;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, current: Settings, problem: Problem | null) {
    this.#path = path;
    this.#current = current;
    this.problem = problem;
  }

  /**
   * A file that cannot be understood is set aside, not overwritten; single fields that are wrong fall back alone.
   *
   * @throws {StateError} `POSTERN_STATE_UNREADABLE` where it cannot be read at all, `POSTERN_STATE_UNWRITABLE` where it cannot
   * be set aside
   */
  static async open(path: string): Promise<SettingsFile> {
    const text = await readTextIfPresent(path);
    if (text === undefined) return new SettingsFile(path, defaults, null);
    const found = parse(text);
    const whole = settings.safeParse({ ...defaults, ...found });
    if (found && whole.success) return new SettingsFile(path, whole.data, null);
    const aside = `${path}.unreadable`;
    await rename(path, aside).catch((cause: Error) => {
      throw new StateError(
        'POSTERN_STATE_UNWRITABLE',
        `${path} cannot be understood, nor set aside: ${cause.message}`,
        {
          cause,
          hint: `correct it, or check the permissions of ${dirname(path)}`,
        },
      );
    });
    return new SettingsFile(path, pick(found ?? {}), {
      code: 'POSTERN_STATE_UNREADABLE',
      message: `${path} could not be understood and was set aside`,
      hint: `what it held is in ${aside}`,
    });
  }

  get current(): Settings {
    return this.#current;
  }

  /** @throws {StateError} `POSTERN_STATE_UNWRITABLE`; the settings are as they were */
  async set(changes: Partial<Settings>): Promise<Settings> {
    const step = this.#last.then(async () => {
      const next = settings.parse({ ...this.#current, ...changes });
      await writeTextAtomically(this.#path, `${JSON.stringify(next, null, 2)}\n`);
      this.#current = next;
      return next;
    });
    this.#last = step.catch(() => undefined);
    return step;
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function pick(found: Record<string, unknown>): Settings {
  let kept = defaults;
  for (const name of Object.keys(defaults)) {
    const tried = settings.safeParse({ ...kept, [name]: found[name] });
    if (name in found && tried.success) kept = tried.data;
  }
  return kept;
}
