import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';

const bounds = z.object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) });
export type Bounds = z.infer<typeof bounds>;

const shellState = z.object({
  bounds: bounds.nullable().catch(null),
  isMaximized: z.boolean().catch(false),
  /** Whether the person knows that closing the window does not end Postern. */
  toldAboutTray: z.boolean().catch(false),
  recent: z
    .array(z.object({ cluster: z.string(), role: z.string() }))
    .max(50)
    .catch([]),
});
export type ShellState = z.infer<typeof shellState>;

/** What the shell remembers between starts. None of it matters enough to fail for: a file that cannot be read starts afresh. */
export class KeptShellState {
  readonly #path: string;
  #state: ShellState;

  constructor(path: string) {
    this.#path = path;
    this.#state = read(path);
  }

  get state(): Readonly<ShellState> {
    return this.#state;
  }

  /** @throws where the file cannot be written; the change holds for this run all the same */
  keep(changes: Partial<ShellState>): void {
    this.#state = { ...this.#state, ...changes };
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const draft = `${this.#path}.new`;
    writeFileSync(draft, JSON.stringify(this.#state), { mode: 0o600 });
    renameSync(draft, this.#path);
  }
}

function read(path: string): ShellState {
  try {
    return shellState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return shellState.parse({});
  }
}

/** Bounds of a screen that is no longer there would put the window where nobody sees it. */
export function visibleBounds(wanted: Bounds | null, workAreas: readonly Bounds[]): Bounds | null {
  if (!wanted) return null;
  const reach = 80;
  const isSeen = workAreas.some(
    (area) =>
      wanted.x + wanted.width >= area.x + reach &&
      wanted.x <= area.x + area.width - reach &&
      wanted.y >= area.y - reach &&
      wanted.y <= area.y + area.height - reach,
  );
  return isSeen ? wanted : null;
}
