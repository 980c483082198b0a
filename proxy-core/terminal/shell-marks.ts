/** What the shell says about itself between its output, through the scripts in `shell-integration/`. */
export type ShellMark =
  | { kind: 'command-started'; commandLine: string }
  | { kind: 'command-ended'; exitCode: number | null }
  | { kind: 'working-directory'; path: string };

/** A longer mark is no mark of ours; it is handed on as output. */
export const maxMarkLength = 64 * 1024;

const introducer = '\u001b]633;';
/** The one property that is read. */
const place = 'Cwd=';
const bell = '\u0007';
const stringTerminator = '\u001b\\';

/**
 * Takes our OSC 633 sequences (VS Code's shell integration protocol: `E;<command line>;<nonce>` before a command,
 * `D;<exit code>;<nonce>` after it, `P;Cwd=<path>;<nonce>` at each prompt) out of a terminal's output. A sequence without this terminal's nonce is output like
 * any other, so a file shown with `cat` cannot put a command into the log.
 *
 * @see https://code.visualstudio.com/docs/terminal/shell-integration#_vs-code-custom-sequences-osc-633-st
 */
export class ShellMarks {
  readonly #nonce: string;
  #held = '';

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  /** @param text the next piece of output; a sequence may be spread over any number of pieces */
  feed(text: string): { output: string; marks: ShellMark[] } {
    let rest = this.#held + text;
    this.#held = '';
    let output = '';
    const marks: ShellMark[] = [];
    while (rest !== '') {
      const start = rest.indexOf(introducer);
      if (start === -1) {
        const kept = partialIntroducer(rest);
        output += rest.slice(0, rest.length - kept);
        this.#held = rest.slice(rest.length - kept);
        break;
      }
      output += rest.slice(0, start);
      const end = findEnd(rest, start + introducer.length);
      if (end === undefined) {
        if (rest.length - start > maxMarkLength) output += rest.slice(start);
        else this.#held = rest.slice(start);
        break;
      }
      const mark = end.terminated ? this.#read(rest.slice(start + introducer.length, end.at)) : undefined;
      if (mark) marks.push(mark);
      else output += rest.slice(start, end.after);
      rest = rest.slice(end.after);
    }
    return { output, marks };
  }

  /** What was held back in the hope of a mark; call it when nothing more comes. */
  flush(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  #read(body: string): ShellMark | undefined {
    const [kind, value, nonce, ...more] = body.split(';');
    if (nonce !== this.#nonce || more.length > 0 || value === undefined) return undefined;
    if (kind === 'E') return { kind: 'command-started', commandLine: unescaped(value) };
    if (kind === 'D') return { kind: 'command-ended', exitCode: /^\d{1,3}$/.test(value) ? Number(value) : null };
    if (kind === 'P' && value.startsWith(place)) {
      return { kind: 'working-directory', path: unescaped(value.slice(place.length)) };
    }
    return undefined;
  }
}

/**
 * Where a sequence ends. As in every terminal, another one that begins breaks it off: else whoever prints half a mark would
 * swallow the shell's next one, nonce and all.
 */
function findEnd(text: string, from: number): { at: number; after: number; terminated: boolean } | undefined {
  const escapeAt = text.indexOf('\u001b', from);
  // Looked for no further than there: output made of nothing but beginnings would be read through for each of them.
  const bellAt = (escapeAt === -1 ? text : text.slice(0, escapeAt)).indexOf(bell, from);
  if (bellAt !== -1) return { at: bellAt, after: bellAt + 1, terminated: true };
  if (escapeAt === -1 || escapeAt === text.length - 1) return undefined;
  const terminated = text.startsWith(stringTerminator, escapeAt);
  return { at: escapeAt, after: terminated ? escapeAt + stringTerminator.length : escapeAt, terminated };
}

function partialIntroducer(text: string): number {
  for (let length = Math.min(introducer.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(introducer.slice(0, length))) return length;
  }
  return 0;
}

/** `\\` and `\xHH`, as the scripts write them. */
function unescaped(value: string): string {
  return value.replace(/\\(\\|x([0-9a-f]{2}))/gi, (_, all: string, hex: string | undefined) =>
    hex === undefined ? all : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
