/** What a window that attaches late still sees. In UTF-16 units; about 10,000 full lines of 100 columns. */
export const scrollbackLength = 1024 * 1024;

/** Questions that a program asks the terminal. Replayed, they would be answered a second time, into the shell's input. */
const queries = new RegExp(
  [
    '\u001b\\[[?>=]?[0-9;]*c', // device attributes
    '\u001b\\[\\??[56]n', // status and cursor position
    '\u001b\\[\\??[0-9;]*\\$p', // mode
    '\u001b\\[>[0-9]*q', // version
    '\u001b\\](?:4;[0-9]+|1[0-9]);\\?(?:\u0007|\u001b\\\\)', // colours
    '\u001bP[+$]q[^\u001b]*\u001b\\\\', // capabilities and settings
  ].join('|'),
  'g',
);

/** The last {@link scrollbackLength} of a terminal's output. */
export class Scrollback {
  #pieces: string[] = [];
  #length = 0;
  #trimmed = false;

  append(text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
    while (this.#length > scrollbackLength && this.#pieces.length > 1) {
      this.#length -= this.#pieces.shift()!.length;
      this.#trimmed = true;
    }
    // Many tiny pieces cost more than their text: a program that writes character by character would hold a million.
    if (this.#pieces.length > 4096) this.#pieces = [this.#pieces.join('')];
  }

  /** Begins at a line where the start was cut off, and asks the terminal nothing. */
  read(): string {
    let text = this.#pieces.join('');
    let trimmed = this.#trimmed;
    if (text.length > scrollbackLength) {
      text = text.slice(text.length - scrollbackLength);
      trimmed = true;
    }
    this.#pieces = text === '' ? [] : [text];
    this.#length = text.length;
    this.#trimmed = trimmed;
    const from = trimmed ? text.indexOf('\n') + 1 : 0;
    return text.slice(from).replace(queries, '');
  }
}
