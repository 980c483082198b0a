import type { Readable, Writable } from 'node:stream';
import type { FileWriter } from './file-system.ts';

/** Where a process reads from. Undefined is the end; after it, the end again. */
export interface Input {
  read(signal: AbortSignal): Promise<Buffer | undefined>;
}

/** Where a process writes to. Resolves when there is room for more. */
export interface Output {
  /** @throws {BrokenPipe} where nobody will read it */
  write(chunk: Buffer): Promise<void>;
}

/** The reader of a pipe has gone: what a real process is killed by as SIGPIPE. */
export class BrokenPipe extends Error {
  constructor() {
    super('Broken pipe');
    this.name = 'BrokenPipe';
  }
}

export const emptyInput: Input = { read: async () => undefined };

export const discardingOutput: Output = { write: async () => {} };

export function bytesInput(chunks: readonly Buffer[]): Input {
  const left = [...chunks];
  return { read: async () => left.shift() };
}

export function fileOutput(writer: FileWriter): Output {
  return { write: async (chunk) => writer.write(chunk) };
}

/** Reads a Node stream. A read that was aborted loses nothing: its chunk goes to the next read. */
export function streamInput(stream: Readable): Input {
  const chunks = stream.iterator({ destroyOnReturn: false });
  let pending: Promise<Buffer | undefined> | undefined;
  return {
    async read(signal) {
      pending ??= chunks.next().then(
        (next) => (next.done ? undefined : (next.value as Buffer)),
        () => undefined, // a broken connection is the end of its input
      );
      const mine = pending;
      const chunk = await untilAborted(mine, signal);
      if (chunk === aborted) return undefined;
      if (pending === mine && chunk !== undefined) pending = undefined;
      return chunk;
    },
  };
}

export function streamOutput(stream: Writable): Output {
  return {
    write(chunk) {
      if (!stream.writable) return Promise.reject(new BrokenPipe());
      if (stream.write(chunk)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const drained = () => settle(resolve);
        const closed = () => settle(() => reject(new BrokenPipe()));
        const settle = (then: () => void) => {
          stream.off('drain', drained).off('close', closed);
          then();
        };
        stream.once('drain', drained).once('close', closed);
      });
    },
  };
}

/** What runs between two commands of a pipeline: one chunk at a time is under way, so a slow reader slows the writer. */
export class Pipe implements Input, Output {
  #chunk: Buffer | undefined;
  #taken: (() => void) | undefined;
  #arrived: (() => void) | undefined;
  #writerGone = false;
  #readerGone = false;

  async write(chunk: Buffer): Promise<void> {
    if (this.#readerGone) throw new BrokenPipe();
    if (chunk.length === 0) return;
    this.#chunk = chunk;
    this.#arrived?.();
    await new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    if (this.#readerGone && this.#chunk) throw new BrokenPipe();
  }

  async read(signal: AbortSignal): Promise<Buffer | undefined> {
    while (!this.#chunk && !this.#writerGone && !signal.aborted) {
      const arrived = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      await untilAborted(arrived, signal);
    }
    const chunk = this.#chunk;
    this.#chunk = undefined;
    this.#taken?.();
    return chunk;
  }

  /** The writing process has ended. */
  closeWriter(): void {
    this.#writerGone = true;
    this.#arrived?.();
  }

  /** The reading process has ended. */
  closeReader(): void {
    this.#readerGone = true;
    this.#taken?.();
  }
}

export const aborted: unique symbol = Symbol('aborted');

/** What `promise` gives, or {@link aborted} once `signal` aborts. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | typeof aborted> {
  if (signal.aborted) return Promise.resolve(aborted);
  return new Promise((resolve, reject) => {
    const abort = () => resolve(aborted);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Reads an input line by line, without the line breaks. */
export async function* readLines(input: Input, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for (;;) {
    const chunk = await input.read(signal);
    rest += chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (!chunk) break;
    if (rest.length > longestLine) {
      yield rest;
      rest = '';
    }
  }
  if (rest !== '') yield rest;
}

/** A line without end must not fill the memory; past this it is cut. */
const longestLine = 1_048_576;
