import { createHash } from 'node:crypto';
import { createContext, Script } from 'node:vm';
import { readLines } from '../io.ts';
import { type Command, exitCodes, type Process, parseFlags } from '../process.ts';

const echo: Command = async (process) => {
  const withoutBreak = process.args[0] === '-n';
  await process.write(process.args.slice(withoutBreak ? 1 : 0).join(' ') + (withoutBreak ? '' : '\n'));
  return 0;
};

const printf: Command = async (process) => {
  const [format = '', ...values] = process.args;
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '0': '\0' };
  const unescaped = format.replace(/\\([ntr\\0])/g, (_, letter: string) => escapes[letter] ?? '');
  const takesValues = /%[sd]/.test(unescaped);
  do {
    await process.write(
      unescaped.replace(/%([sd%])/g, (_, kind: string) => {
        if (kind === '%') return '%';
        const value = values.shift() ?? '';
        return kind === 'd' ? String(Math.trunc(Number(value)) || 0) : value;
      }),
    );
  } while (takesValues && values.length > 0);
  return 0;
};

/** `-n 5`, `-5`; with bytes `-c 5`. */
function parseCount(args: readonly string[]): { unit: 'lines' | 'bytes'; count: string; operands: string[] } {
  const short = args.find((argument) => /^-\d+$/.test(argument));
  const { flags, operands } = parseFlags(
    args.filter((argument) => argument !== short),
    'nc',
  );
  const unit = flags.has('c') ? 'bytes' : 'lines';
  return { unit, count: flags.get('c') ?? flags.get('n') ?? short?.slice(1) ?? '10', operands };
}

const head: Command = async (process) => {
  const { unit, count, operands } = parseCount(process.args);
  return process.forEachFile(operands.length > 0 ? operands : ['-'], async (name) => {
    let left = Number(count);
    const input = process.open(name);
    while (left > 0) {
      const chunk = await input.read(process.context.signal);
      if (!chunk) break;
      const end = unit === 'bytes' ? Math.min(left, chunk.length) : endOfLine(chunk, left);
      left -= unit === 'bytes' ? end : countBreaks(chunk.subarray(0, end));
      await process.write(chunk.subarray(0, end));
    }
    process.check();
  });
};

function countBreaks(chunk: Buffer): number {
  let breaks = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) breaks++;
  return breaks;
}

/** Where the `count`-th line ends, or the end of the chunk. */
function endOfLine(chunk: Buffer, count: number): number {
  let at = -1;
  for (let line = 0; line < count; line++) {
    at = chunk.indexOf(10, at + 1);
    if (at === -1) return chunk.length;
  }
  return at + 1;
}

/** What `tail` keeps while it waits for the end. */
const largestTail = 16_777_216;

const tail: Command = async (process) => {
  const { unit, count, operands } = parseCount(process.args);
  return process.forEachFile(operands.length > 0 ? operands : ['-'], async (name) => {
    const input = process.open(name);
    let skip = count.startsWith('+') ? Number(count.slice(1)) - 1 : 0;
    const kept: Buffer[] = [];
    let size = 0;
    for (
      let chunk = await input.read(process.context.signal);
      chunk;
      chunk = await input.read(process.context.signal)
    ) {
      if (count.startsWith('+')) {
        const end = skip <= 0 ? 0 : unit === 'bytes' ? Math.min(skip, chunk.length) : endOfLine(chunk, skip);
        skip -= unit === 'bytes' ? end : countBreaks(chunk.subarray(0, end));
        await process.write(chunk.subarray(end));
        continue;
      }
      kept.push(chunk);
      size += chunk.length;
      while (size - (kept[0]?.length ?? 0) > largestTail) size -= kept.shift()?.length ?? 0;
    }
    process.check();
    if (!count.startsWith('+')) await process.write(lastOf(Buffer.concat(kept), unit, Math.abs(Number(count))));
  });
};

function lastOf(bytes: Buffer, unit: 'lines' | 'bytes', count: number): Buffer {
  if (count === 0) return Buffer.alloc(0);
  if (unit === 'bytes') return bytes.subarray(-count);
  let at = bytes.length - 1; // a line break at the very end closes the last line
  for (let line = 0; line < count && at > 0; line++) {
    at = bytes.lastIndexOf(10, at - 1);
    if (at === -1) return bytes;
  }
  return bytes.subarray(at + 1);
}

const wc: Command = async (process) => {
  const { flags, operands } = parseFlags(process.args);
  const columns = ['l', 'w', 'c'].filter((flag) => flags.size === 0 || flags.has(flag));
  return process.forEachFile(operands.length > 0 ? operands : ['-'], async (name) => {
    const counts: Record<string, number> = { l: 0, w: 0, c: 0 };
    let inWord = false;
    const input = process.open(name);
    for (
      let chunk = await input.read(process.context.signal);
      chunk;
      chunk = await input.read(process.context.signal)
    ) {
      counts.l = (counts.l ?? 0) + countBreaks(chunk);
      counts.c = (counts.c ?? 0) + chunk.length;
      for (const byte of chunk) {
        const blank = byte === 32 || (byte >= 9 && byte <= 13);
        if (!blank && !inWord) counts.w = (counts.w ?? 0) + 1;
        inWord = !blank;
      }
    }
    process.check();
    const shown = columns.map((flag) => String(counts[flag]));
    await process.write(`${shown.join(' ')}${operands.length > 0 ? ` ${name}` : ''}\n`);
  });
};

/** How long a pattern may take on one batch of lines; a regular expression can be made to take for ever. */
const patternTimeoutMs = 200;
const batchLines = 500;
const matchBatch = new Script('lines.map((line) => expression.test(line))');

const grep: Command = async (process) => {
  const { flags, operands } = parseFlags(process.args, 'e');
  const [pattern = '', ...names] = flags.has('e') ? [flags.get('e') ?? '', ...operands] : operands;
  const source = flags.has('F')
    ? pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    : flags.has('E')
      ? pattern
      : basic(pattern);
  const sandbox = createContext({ lines: [] as string[], expression: undefined as unknown });
  try {
    sandbox.expression = new RegExp(flags.has('w') ? `\\b(?:${source})\\b` : source, flags.has('i') ? 'i' : '');
  } catch {
    await process.complain(`invalid pattern: ${pattern}`);
    return exitCodes.usage;
  }
  let matches = 0;
  const failed = await process
    .forEachFile(names.length > 0 ? names : ['-'], async (name) => {
      let inFile = 0;
      let number = 0;
      const search = async (lines: string[]) => {
        sandbox.lines = lines;
        const results = matchBatch.runInContext(sandbox, { timeout: patternTimeoutMs }) as boolean[];
        for (const [index, line] of lines.entries()) {
          number++;
          if (results[index] === flags.has('v')) continue;
          inFile++;
          if (flags.has('c') || flags.has('q')) continue;
          await process.write(`${names.length > 1 ? `${name}:` : ''}${flags.has('n') ? `${number}:` : ''}${line}\n`);
        }
      };
      let batch: string[] = [];
      for await (const line of readLines(process.open(name), process.context.signal)) {
        batch.push(line);
        // A slow source shows its matches as they come: only a file's lines are worth collecting.
        if (batch.length < batchLines && name !== '-') continue;
        await search(batch);
        batch = [];
      }
      await search(batch);
      process.check();
      if (flags.has('c')) await process.write(`${names.length > 1 ? `${name}:` : ''}${inFile}\n`);
      matches += inFile;
    })
    .catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      await process.complain('the pattern takes too long');
      return exitCodes.usage;
    });
  return failed || (matches > 0 ? 0 : 1);
};

/** A basic regular expression's `\(`, `\|`, `\+` are operators and its `(`, `|`, `+` are not: the other way round. */
function basic(pattern: string): string {
  return pattern.replace(
    /\\([(){}|+?])|([(){}|+?])/g,
    (_, operator?: string, plain?: string) => operator ?? `\\${plain}`,
  );
}

const sort: Command = async (process) => {
  const { flags, operands } = parseFlags(process.args);
  const lines: string[] = [];
  let size = 0;
  const failed = await process.forEachFile(operands.length > 0 ? operands : ['-'], async (name) => {
    for await (const line of readLines(process.open(name), process.context.signal)) {
      lines.push(line);
      size += line.length + 1;
      if (size > largestTail) throw new RangeError('too much to sort');
    }
  });
  process.check();
  lines.sort(flags.has('n') ? (a, b) => (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0) : undefined);
  if (flags.has('r')) lines.reverse();
  const shown = flags.has('u') ? [...new Set(lines)] : lines;
  await process.write(shown.map((line) => `${line}\n`).join(''));
  return failed;
};

const seq: Command = async (process) => {
  const numbers = process.args.map(Number);
  const [from, step, to] = numbers.length === 3 ? numbers : [numbers.length > 1 ? numbers[0] : 1, 1, numbers.at(-1)];
  if (from === undefined || step === undefined || to === undefined || !(step > 0) || Number.isNaN(from + to)) {
    await process.complain('usage: seq [FIRST [STEP]] LAST');
    return exitCodes.usage;
  }
  for (let value = from; value <= to; value += step) await process.write(`${value}\n`);
  return 0;
};

const checksum = (algorithm: 'md5' | 'sha1' | 'sha256'): Command => {
  return (process: Process) => {
    const { operands } = parseFlags(process.args);
    return process.forEachFile(operands.length > 0 ? operands : ['-'], async (name) => {
      const hash = createHash(algorithm);
      const input = process.open(name);
      for (
        let chunk = await input.read(process.context.signal);
        chunk;
        chunk = await input.read(process.context.signal)
      ) {
        hash.update(chunk);
      }
      process.check();
      await process.write(`${hash.digest('hex')}  ${name}\n`);
    });
  };
};

export const textCommands = {
  echo,
  printf,
  head,
  tail,
  wc,
  grep,
  sort,
  seq,
  md5sum: checksum('md5'),
  sha1sum: checksum('sha1'),
  sha256sum: checksum('sha256'),
} satisfies Record<string, Command>;
