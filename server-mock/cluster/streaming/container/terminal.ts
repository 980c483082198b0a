import { StringDecoder } from 'node:string_decoder';
import { aborted, type Input, type Output, untilAborted } from './io.ts';

export interface TerminalSize {
  columns: number;
  rows: number;
}

/** Typed ahead of the reader; beyond it the terminal rings its bell, as a real one does. */
const mostTypedAhead = 16_384;
const mostHistory = 200;

const key = {
  interrupt: '\x03',
  end: '\x04',
  bell: '\x07',
  backspace: '\b',
  clear: '\f',
  killLine: '\x15',
  eraseWord: '\x17',
  escape: '\x1b',
  delete: '\x7f',
} as const;

/**
 * A terminal's line discipline, between the bytes a client types and the processes that read lines: echo, erase, kill,
 * interrupt and end of file, line breaks as CR LF on the way out, and a history of the lines given to the shell.
 */
export class Terminal implements Input, Output {
  size: TerminalSize = { columns: 80, rows: 24 };
  readonly #output: Output;
  readonly #decoder = new StringDecoder('utf8');
  readonly #lines: string[] = [];
  readonly #history: string[] = [];
  #typedAhead = 0;
  #line: string[] = [];
  #escape = '';
  #ended = false;
  #wake: (() => void) | undefined;
  #onInterrupt: (() => void) | undefined;
  /** The prompt that waits for a line, while one does. */
  #prompt: string | undefined;
  #historyIndex = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Feeds the terminal until its input ends. */
  async attach(input: Input, signal: AbortSignal): Promise<void> {
    for (;;) {
      const chunk = await input.read(signal);
      if (!chunk) break;
      const echo = this.#type(this.#decoder.write(chunk));
      if (echo) await this.#output.write(Buffer.from(echo)).catch(() => {}); // nobody sees the echo: no harm
    }
    this.#ended = true;
    this.#wake?.();
  }

  /** What ctrl-C does while a command runs. The returned function takes it back. */
  onInterrupt(listener: () => void): Disposable {
    const before = this.#onInterrupt;
    this.#onInterrupt = listener;
    return {
      [Symbol.dispose]: () => {
        this.#onInterrupt = before;
      },
    };
  }

  /** For programs: whole lines, with their line breaks. */
  async read(signal: AbortSignal): Promise<Buffer | undefined> {
    const line = await this.#next(signal);
    return line === undefined ? undefined : Buffer.from(`${line}\n`);
  }

  /** For the shell: prompts and waits for a line, with history. Undefined at the end of the input. */
  async readLine(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    this.#prompt = prompt;
    this.#historyIndex = this.#history.length;
    await this.#output.write(Buffer.from(prompt + this.#line.join('')));
    const line = await this.#next(signal);
    this.#prompt = undefined;
    if (line?.trim() && line !== this.#history.at(-1)) {
      this.#history.push(line);
      if (this.#history.length > mostHistory) this.#history.shift();
    }
    return line;
  }

  write(chunk: Buffer): Promise<void> {
    if (!chunk.includes(0x0a)) return this.#output.write(chunk);
    return this.#output.write(Buffer.from(chunk.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'));
  }

  async #next(signal: AbortSignal): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#ended) {
      const typed = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if ((await untilAborted(typed, signal)) === aborted) return undefined;
    }
    const line = this.#lines.shift();
    if (line !== undefined) this.#typedAhead -= line.length;
    return line === endOfFile ? undefined : line;
  }

  #push(line: string): void {
    this.#lines.push(line);
    this.#typedAhead += line.length;
    this.#wake?.();
  }

  /** Takes what was typed and gives what to echo. */
  #type(text: string): string {
    let echo = '';
    for (const character of text) echo += this.#escape ? this.#continueEscape(character) : this.#press(character);
    return echo;
  }

  #press(character: string): string {
    switch (character) {
      case key.escape:
        this.#escape = character;
        return '';
      case '\r':
      case '\n':
        this.#push(this.#line.join(''));
        this.#line = [];
        return '\r\n';
      case key.backspace:
      case key.delete:
        return this.#line.pop() === undefined ? '' : '\b \b';
      case key.killLine:
        return this.#erase(this.#line.length);
      case key.eraseWord:
        return this.#erase(this.#lastWordLength());
      case key.clear:
        return this.#prompt === undefined ? '' : `\x1b[H\x1b[2J${this.#prompt}${this.#line.join('')}`;
      case key.end:
        if (this.#line.length === 0) this.#push(endOfFile);
        return '';
      case key.interrupt:
        this.#line = [];
        if (this.#prompt !== undefined) this.#push('');
        else this.#onInterrupt?.();
        return '^C\r\n';
      default:
        if (character < ' ') return '';
        if (this.#typedAhead + this.#line.length >= mostTypedAhead) return key.bell;
        this.#line.push(character);
        return character;
    }
  }

  #continueEscape(character: string): string {
    const first = this.#escape.length === 1;
    this.#escape += character;
    if (first && (character === '[' || character === 'O')) return '';
    // A sequence goes on through parameters and ends at its first letter.
    if (!first && character < '@' && this.#escape.length < 16) return '';
    this.#escape = '';
    if (this.#prompt === undefined) return '';
    if (character === 'A') return this.#recall(this.#historyIndex - 1);
    if (character === 'B') return this.#recall(this.#historyIndex + 1);
    return '';
  }

  #recall(index: number): string {
    if (index < 0 || index > this.#history.length) return '';
    this.#historyIndex = index;
    const erased = this.#erase(this.#line.length);
    this.#line = [...(this.#history[index] ?? '')];
    return erased + this.#line.join('');
  }

  /** Counted in characters, trailing blanks included. */
  #lastWordLength(): number {
    let start = this.#line.length;
    while (this.#line[start - 1] === ' ') start--;
    while (start > 0 && this.#line[start - 1] !== ' ') start--;
    return this.#line.length - start;
  }

  #erase(count: number): string {
    this.#line.length -= count;
    return '\b \b'.repeat(count);
  }
}

/** Stands in the queue of lines for ctrl-D; no line contains a line break. */
const endOfFile = '\n';
