/** A piece below this is copied: it may have come in a chunk of many times its size. */
const joinBelowBytes = 4096;

/** Bytes that wait for their reader, in few buffers however small the pieces in which they came. */
export class Backlog {
  readonly #pieces: Buffer[] = [];
  #sizeBytes = 0;
  /** What small pieces are copied into; of it, `[from, to)` is not among the pieces yet. */
  #joint: Buffer | undefined;
  #from = 0;
  #to = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(bytes: Buffer): void {
    this.#sizeBytes += bytes.length;
    if (bytes.length >= joinBelowBytes) {
      this.#cut();
      this.#pieces.push(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      // Not from Node's pool, which others could make large beside what is kept of it.
      this.#joint ??= Buffer.allocUnsafeSlow(joinBelowBytes);
      const copied = bytes.copy(this.#joint, this.#to, at);
      at += copied;
      this.#to += copied;
      if (this.#to === joinBelowBytes) this.#cut();
    }
  }

  /** All of it; nothing is added after that. */
  end(): Buffer[] {
    this.#cut();
    return this.#pieces;
  }

  #cut(): void {
    if (this.#joint === undefined || this.#from === this.#to) return;
    this.#pieces.push(this.#joint.subarray(this.#from, this.#to));
    this.#from = this.#to;
    if (this.#to < joinBelowBytes) return;
    this.#joint = undefined;
    this.#from = 0;
    this.#to = 0;
  }
}
