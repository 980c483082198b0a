import { FileError } from '../disk.ts';
import type { Output } from '../io.ts';
import { type Command, exitCodes, type Process } from '../process.ts';

const suffixes: Record<string, number> = { c: 1, w: 2, b: 512, k: 1024, kB: 1000, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

interface Copy {
  from: string | undefined;
  to: string | undefined;
  blockBytes: number;
  /** In blocks; infinity where everything is copied. */
  count: number;
  skip: number;
  quiet: boolean;
}

/** `dd if=FILE of=FILE bs=N count=N skip=N status=none`: copies bytes. Blocks count, they are not kept together. */
export const dd: Command = async (process) => {
  const copy = readOperands(process.args);
  if (typeof copy === 'string') {
    await process.complain(copy);
    return exitCodes.usage;
  }
  const { blockBytes } = copy;
  const counter = { bytes: 0 };
  let exitCode = 0;
  try {
    await copyBytes(process, copy, counter);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await process.complain(error.message);
    exitCode = 1;
  }
  const whole = Math.floor(counter.bytes / blockBytes);
  const records = `${whole}+${counter.bytes % blockBytes === 0 ? 0 : 1} records`;
  const told = `${records} in\n${records} out\n${counter.bytes} bytes copied\n`;
  if (!copy.quiet) await process.context.errors.write(Buffer.from(told));
  return exitCode;
};

async function copyBytes(process: Process, copy: Copy, counter: { bytes: number }): Promise<void> {
  const input = process.open(copy.from ?? '-');
  const output = openOutput(process, copy.to);
  let skip = copy.skip * copy.blockBytes;
  let left = copy.count * copy.blockBytes;
  while (left > 0) {
    const chunk = await input.read(process.context.signal);
    process.check();
    if (!chunk) return;
    const wanted = chunk.subarray(Math.min(skip, chunk.length)).subarray(0, Math.min(left, chunk.length));
    skip = Math.max(0, skip - chunk.length);
    left -= wanted.length;
    if (wanted.length > 0) await output.write(wanted);
    counter.bytes += wanted.length;
  }
}

function openOutput(process: Process, name: string | undefined): Output {
  if (name === undefined) return { write: (chunk) => process.write(chunk) };
  return process.context.container.openOutput(process.path(name), { append: false });
}

/** @returns what is wrong, where it is */
function readOperands(args: readonly string[]): Copy | string {
  const copy: Copy = { from: undefined, to: undefined, blockBytes: 512, count: Infinity, skip: 0, quiet: false };
  for (const argument of args) {
    const [name = '', ...rest] = argument.split('=');
    const value = rest.join('=');
    const size = readSize(value);
    if (name === 'if') copy.from = value;
    else if (name === 'of') copy.to = value;
    else if (!known.has(name)) return `unsupported operand '${argument}'`;
    else if (name === 'status') copy.quiet = value === 'none';
    else if (Number.isNaN(size) || (name === 'bs' && size === 0)) return `invalid number '${value}'`;
    else if (name === 'bs') copy.blockBytes = size;
    else if (name === 'count') copy.count = size;
    else copy.skip = size;
  }
  return copy;
}

const known: ReadonlySet<string> = new Set(['bs', 'count', 'skip', 'status']);

function readSize(value: string): number {
  const [, number, suffix] = /^(\d+)(c|w|b|k|kB|K|M|G)?$/.exec(value) ?? [];
  return number === undefined ? Number.NaN : Number(number) * (suffix ? (suffixes[suffix] ?? 1) : 1);
}
