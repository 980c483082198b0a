import type { TerminalEvent } from '../contract/app.ts';
import type { TerminalAttachment } from './types.ts';

/** Above this a window counts as behind and the shell is held up; below the second mark it goes on. In UTF-16 units. */
export const highWater = 256 * 1024;
export const lowWater = 64 * 1024;
/** The largest single `output` event. */
const maxEventLength = 64 * 1024;

interface AttachmentOptions {
  /** Count output as outstanding until the window has said that it is drawn, not only until it was sent. */
  acknowledged: boolean;
  onDrained(): void;
  onDetached(): void;
}

/** One window's own view of a terminal: its queue, and how far behind it is. */
export class Attachment implements TerminalAttachment {
  readonly #options: AttachmentOptions;
  #queued = '';
  #unacknowledged = 0;
  #exitCode: number | undefined;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(scrollback: string, options: AttachmentOptions) {
    this.#queued = scrollback;
    this.#options = options;
  }

  get pressure(): number {
    return this.#queued.length + this.#unacknowledged;
  }

  push(text: string): void {
    if (this.#ended) return;
    this.#queued += text;
    this.#notify();
  }

  exited(exitCode: number): void {
    this.#exitCode = exitCode;
    this.#notify();
  }

  acknowledge(length: number): void {
    this.#unacknowledged = Math.max(0, this.#unacknowledged - length);
    if (this.pressure <= lowWater) this.#options.onDrained();
  }

  async next(): Promise<IteratorResult<TerminalEvent>> {
    while (!this.#ended) {
      if (this.#queued !== '') {
        const data = this.#take();
        if (this.#options.acknowledged) this.#unacknowledged += data.length;
        if (this.pressure <= lowWater) this.#options.onDrained();
        return { done: false, value: { kind: 'output', data } };
      }
      if (this.#exitCode !== undefined) {
        const exitCode = this.#exitCode;
        this.detach();
        return { done: false, value: { kind: 'exit', exitCode } };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<TerminalEvent>> {
    this.detach();
    return Promise.resolve({ done: true, value: undefined });
  }

  detach(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queued = '';
    this.#unacknowledged = 0;
    this.#notify();
    this.#options.onDetached();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): string {
    let length = Math.min(this.#queued.length, maxEventLength);
    // Never between the halves of a surrogate pair: each half alone would become U+FFFD on the way.
    if (length < this.#queued.length && /[\ud800-\udbff]/.test(this.#queued[length - 1]!)) length += 1;
    const data = this.#queued.slice(0, length);
    this.#queued = this.#queued.slice(length);
    return data;
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
