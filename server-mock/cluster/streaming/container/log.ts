/** One line of a container's output, without its line break. */
export interface LogLine {
  /** Counts up from 0 over the life of one container run. */
  sequence: number;
  /** Milliseconds since the epoch. */
  time: number;
  text: string;
}

/** What a container's log keeps, in characters; older lines are dropped, as log rotation does. */
export const logCapacity = 1_048_576;

/** A line longer than this is cut into several, as container runtimes do at 16 KiB. */
const longestLine = 16_384;

/**
 * The output of one run of a container: a bounded ring of lines that any number of readers follow, each at its own
 * pace. A reader so slow that the ring overtakes it misses lines and goes on with the oldest one kept.
 */
export class ContainerLog {
  readonly #lines: LogLine[] = [];
  readonly #waiting = new Set<() => void>();
  #first = 0;
  #next = 0;
  #size = 0;
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  append(time: number, text: string): void {
    if (this.#ended) return;
    for (let start = 0; start === 0 || start < text.length; start += longestLine) {
      const part = text.slice(start, start + longestLine);
      this.#lines.push({ sequence: this.#next++, time, text: part });
      this.#size += part.length + 1;
    }
    this.#trim();
    this.#wake();
  }

  /** The container has stopped: followers get what is left, then end. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** What is kept now, oldest first. */
  lines(): LogLine[] {
    return this.#lines.slice(this.#first);
  }

  /** The sequence number that the next line will have. */
  get next(): number {
    return this.#next;
  }

  /** Lines from `sequence` on, waiting for new ones until the log ends or `signal` aborts. Never throws. */
  async *follow(sequence: number, signal: AbortSignal): AsyncGenerator<LogLine, void, undefined> {
    let wanted = sequence;
    while (!signal.aborted) {
      const line = this.#at(wanted);
      if (line) {
        wanted = line.sequence + 1;
        yield line;
      } else if (this.#ended) {
        return;
      } else {
        await this.#more(signal);
      }
    }
  }

  #at(sequence: number): LogLine | undefined {
    const oldest = this.#lines[this.#first]?.sequence ?? this.#next;
    return this.#lines[this.#first + Math.max(0, sequence - oldest)];
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #wake(): void {
    for (const waiter of [...this.#waiting]) waiter();
  }

  #trim(): void {
    while (this.#size > logCapacity && this.#first < this.#lines.length - 1) {
      this.#size -= (this.#lines[this.#first]?.text.length ?? 0) + 1;
      this.#first++;
    }
    // Dropped in blocks: shifting one at a time would move the whole array for each line.
    if (this.#first > 1024 && this.#first * 2 > this.#lines.length) {
      this.#lines.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
