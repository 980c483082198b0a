import type { IPty } from '@lydell/node-pty';
import { Attachment, highWater, lowWater } from './attachment.ts';
import { Scrollback } from './scrollback.ts';
import { type ShellMark, ShellMarks } from './shell-marks.ts';
import type { TerminalAttachment, TerminalSummary } from './types.ts';

interface TerminalOptions {
  id: string;
  context: string;
  startedAt: Date;
  workingDirectory: string | null;
  /** Shown before anything that the shell says. */
  notice: string;
  pty: IPty;
  nonce: string;
  onMark(mark: ShellMark): void;
  onExit(): void;
}

/** How long a shell may take to end after SIGHUP. */
const hangUpGraceMs = 1_000;

/** One shell in a pseudoterminal, with any number of windows looking at it. It outlives its shell until it is closed. */
export class Terminal {
  readonly #options: TerminalOptions;
  readonly #marks: ShellMarks;
  readonly #scrollback = new Scrollback();
  readonly #attachments = new Map<string | symbol, Attachment>();
  readonly exited: Promise<void>;
  #paused = false;
  #exitCode: number | null = null;
  #workingDirectory: string | null;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#marks = new ShellMarks(options.nonce);
    this.#workingDirectory = options.workingDirectory;
    this.#scrollback.append(options.notice);
    const { pty } = options;
    pty.onData((text) => this.#receive(text));
    this.exited = new Promise((resolve) => {
      pty.onExit(({ exitCode, signal }) => {
        this.#show(this.#marks.flush());
        this.#exitCode = signal ? 128 + signal : exitCode;
        for (const attachment of [...this.#attachments.values()]) attachment.exited(this.#exitCode);
        options.onExit();
        resolve();
      });
    });
  }

  get summary(): TerminalSummary {
    const { id, context, startedAt } = this.#options;
    return { id, title: context, context, startedAt: startedAt.toISOString(), exitCode: this.#exitCode };
  }

  /** As the shell said last; null where it never did. */
  get workingDirectory(): string | null {
    return this.#workingDirectory;
  }

  /** @param name given where the window confirms what it has drawn; a second window of that name takes the first's place */
  attach(name: string | undefined): TerminalAttachment {
    const key = name ?? Symbol('attachment');
    this.#attachments.get(key)?.detach();
    const attachment = new Attachment(this.#scrollback.read(), {
      acknowledged: name !== undefined,
      onDrained: () => this.#resumeWhenDrained(),
      onDetached: () => {
        if (this.#attachments.get(key) === attachment) this.#attachments.delete(key);
        this.#resumeWhenDrained();
      },
    });
    this.#attachments.set(key, attachment);
    if (this.#exitCode !== null) attachment.exited(this.#exitCode);
    return attachment;
  }

  acknowledge(name: string, length: number): void {
    this.#attachments.get(name)?.acknowledge(length);
  }

  write(data: string): void {
    if (this.#exitCode === null) this.#options.pty.write(data);
  }

  resize(columns: number, rows: number): void {
    if (this.#exitCode !== null) return;
    try {
      this.#options.pty.resize(columns, rows);
    } catch {
      // The pseudoterminal is closed a moment before the shell's exit is told.
    }
  }

  /** Hangs up as a closing window does; a shell that stays is killed. Every window's iteration ends. */
  async close(): Promise<void> {
    if (this.#exitCode === null) {
      this.#signal('SIGHUP');
      // A paused terminal never sees its end.
      this.#resume();
      const timer = setTimeout(() => this.#signal('SIGKILL'), hangUpGraceMs);
      await this.exited;
      clearTimeout(timer);
    }
    for (const attachment of [...this.#attachments.values()]) attachment.detach();
  }

  #receive(text: string): void {
    const { output, marks } = this.#marks.feed(text);
    this.#show(output);
    for (const mark of marks) {
      if (mark.kind === 'working-directory') this.#workingDirectory = mark.path;
      this.#options.onMark(mark);
    }
  }

  #show(output: string): void {
    if (output === '') return;
    this.#scrollback.append(output);
    let behind = false;
    for (const attachment of this.#attachments.values()) {
      attachment.push(output);
      if (attachment.pressure > highWater) behind = true;
    }
    if (behind && !this.#paused) {
      this.#paused = true;
      this.#options.pty.pause();
    }
  }

  #resumeWhenDrained(): void {
    for (const attachment of this.#attachments.values()) if (attachment.pressure > lowWater) return;
    this.#resume();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#exitCode === null) this.#options.pty.resume();
  }

  #signal(signal: 'SIGHUP' | 'SIGKILL'): void {
    if (process.platform === 'win32') this.#options.pty.kill();
    else this.#options.pty.kill(signal);
  }
}
