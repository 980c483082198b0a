import type { TerminalSize } from '../container/terminal.ts';
import { StreamingError } from '../errors.ts';

const longestMessage = 1_024;
const largestSide = 10_000;

/** Keeps the size that a client last told of, and tells whoever listens. */
export class SizeReports {
  #size: TerminalSize | undefined;
  #listener: ((size: TerminalSize) => void) | undefined;
  #rest = '';

  onResize(listener: (size: TerminalSize) => void): void {
    this.#listener = listener;
    if (this.#size) listener(this.#size);
  }

  /**
   * Takes what came on the resize channel: `{"Width":80,"Height":24}`, one JSON object per line.
   *
   * @throws {StreamingError} where it is anything else
   */
  receive(chunk: Buffer): void {
    const text = this.#rest + chunk.toString('utf8');
    if (text.length > longestMessage) throw new StreamingError('a resize message is too long');
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    // Some clients send whole messages without a line break.
    const whole = last.endsWith('}') ? [...lines, last] : lines;
    this.#rest = last.endsWith('}') ? '' : last;
    for (const line of whole) if (line.trim() !== '') this.#report(line);
  }

  #report(line: string): void {
    let message: { Width?: unknown; Height?: unknown } | null;
    try {
      message = JSON.parse(line);
    } catch (cause) {
      throw new StreamingError('a resize message is not JSON', { cause });
    }
    const [columns, rows] = [message?.Width, message?.Height];
    if (!isSide(columns) || !isSide(rows)) throw new StreamingError('a resize message has no width and height');
    this.#size = { columns, rows };
    this.#listener?.(this.#size);
  }
}

function isSide(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= largestSide;
}
