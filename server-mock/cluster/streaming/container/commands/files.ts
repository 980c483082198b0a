import { FileError } from '../disk.ts';
import type { FileStat } from '../file-system.ts';
import { resolvePath } from '../file-system.ts';
import { type Command, exitCodes, type Process, parseFlags } from '../process.ts';

const cat: Command = async (process) => {
  const { operands } = parseFlags(process.args);
  return process.forEachFile(operands.length > 0 ? operands : ['-'], async (name) => {
    const input = process.open(name);
    for (
      let chunk = await input.read(process.context.signal);
      chunk;
      chunk = await input.read(process.context.signal)
    ) {
      await process.write(chunk);
    }
    process.check();
  });
};

const ls: Command = async (process) => {
  const { flags, operands } = parseFlags(process.args);
  const names = operands.length > 0 ? operands : ['.'];
  const shown = (entry: FileStat) => flags.has('a') || flags.has('A') || !entry.name.startsWith('.');
  return process.forEachFile(names, async (name) => {
    const stat = process.stat(name);
    const directory = stat.kind === 'directory' && !flags.has('d');
    const entries = directory ? process.files.list(process.path(name)).filter(shown) : [{ ...stat, name }];
    if (names.length > 1 && directory) await process.write(`${name}:\n`);
    if (flags.has('l')) {
      const total = Math.ceil(entries.reduce((sum, entry) => sum + entry.sizeBytes, 0) / 1024);
      if (directory) await process.write(`total ${total}\n`);
      for (const entry of entries) await process.write(longLine(entry));
    } else if (process.context.terminal && !flags.has('1')) {
      if (entries.length > 0) await process.write(`${entries.map((entry) => entry.name).join('  ')}\n`);
    } else {
      for (const entry of entries) await process.write(`${entry.name}\n`);
    }
  });
};

function longLine({ kind, mode, sizeBytes, modifiedMs, name }: FileStat): string {
  const letters = [6, 3, 0].map((shift) => {
    const bits = (mode >> shift) & 7;
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`;
  });
  const date = new Date(modifiedMs).toISOString();
  const permissions = `${kind === 'directory' ? 'd' : kind === 'device' ? 'c' : '-'}${letters.join('')}`;
  return `${permissions} 1 root root ${String(sizeBytes).padStart(9)} ${date.slice(0, 10)} ${date.slice(11, 16)} ${name}\n`;
}

const mkdir: Command = async (process) => {
  const { flags, operands } = parseFlags(process.args, 'm');
  return process.forEachFile(operands, (name) => {
    process.files.createDirectory(process.path(name), { parents: flags.has('p') });
  });
};

const rm: Command = async (process) => {
  const { flags, operands } = parseFlags(process.args);
  const recursive = flags.has('r') || flags.has('R');
  const wanted = flags.has('f') ? operands.filter((name) => process.files.stat(process.path(name))) : operands;
  return process.forEachFile(wanted, (name) => process.files.remove(process.path(name), { recursive }));
};

const rmdir: Command = async (process) => {
  return process.forEachFile(process.args, (name) => process.files.removeDirectory(process.path(name)));
};

const touch: Command = async (process) => {
  return process.forEachFile(parseFlags(process.args).operands, (name) => process.files.touch(process.path(name)));
};

const cp: Command = async (process) => {
  const { flags, operands } = parseFlags(process.args);
  const recursive = flags.has('r') || flags.has('R') || flags.has('a');
  return eachInto(process, operands, (source, target) => copy(process, source, target, recursive));
};

function copy(process: Process, source: string, target: string, recursive: boolean): void {
  process.check();
  if (target === source || target.startsWith(`${source}/`)) throw new FileError('EINVAL');
  if (process.files.isDirectory(source)) {
    if (!recursive) throw new FileError('EISDIR');
    process.files.createDirectory(target, { parents: true });
    for (const { name } of process.files.list(source)) copy(process, `${source}/${name}`, `${target}/${name}`, true);
    return;
  }
  const chunks = process.files.read(source);
  const writer = process.files.openForWriting(target);
  for (const chunk of chunks) writer.write(chunk);
}

const mv: Command = async (process) => {
  const { operands } = parseFlags(process.args);
  return eachInto(process, operands, (source, target) => process.files.rename(source, target));
};

/** The last operand is where the others go: a directory takes them under their own names. */
async function eachInto(
  process: Process,
  operands: readonly string[],
  action: (source: string, target: string) => void,
): Promise<number> {
  const last = operands.at(-1);
  if (last === undefined || operands.length < 2) {
    await process.complain('a source and a target are needed');
    return exitCodes.usage;
  }
  const target = process.path(last);
  const directory = process.files.isDirectory(target);
  return process.forEachFile(operands.slice(0, -1), (name) => {
    const source = process.path(name);
    action(source, directory ? resolvePath(target, source.split('/').at(-1) as string) : target);
  });
}

const chmod: Command = async (process) => {
  const [mode = '', ...names] = process.args;
  const octal = /^[0-7]{3,4}$/.test(mode) ? Number.parseInt(mode, 8) : undefined;
  if (octal === undefined && !/^[ugoa]*\+x$/.test(mode)) {
    await process.complain(`invalid mode '${mode}'`);
    return exitCodes.usage;
  }
  return process.forEachFile(names, (name) => {
    process.files.setMode(process.path(name), octal ?? process.stat(name).mode | 0o111);
  });
};

const test: Command = async (process) => {
  const args = process.name === '[' ? process.args.slice(0, -1) : process.args;
  if (process.name === '[' && process.args.at(-1) !== ']') {
    await process.complain('missing ]');
    return exitCodes.usage;
  }
  const holds = args[0] === '!' ? !condition(process, args.slice(1)) : condition(process, args);
  return holds ? 0 : 1;
};

function condition(process: Process, args: readonly string[]): boolean {
  const [left = '', operator = '', right = ''] = args;
  if (args.length === 0) return false;
  if (args.length === 1) return left !== '';
  if (args.length === 2) {
    const stat = process.files.stat(process.path(operator));
    switch (left) {
      case '-e':
        return stat !== undefined;
      case '-f':
        return stat?.kind === 'file';
      case '-c':
        return stat?.kind === 'device';
      case '-d':
        return stat?.kind === 'directory';
      case '-s':
        return (stat?.sizeBytes ?? 0) > 0;
      case '-x':
        return stat !== undefined && (stat.kind === 'directory' || (stat.mode & 0o111) !== 0);
      case '-r':
      case '-w':
        return stat !== undefined;
      case '-z':
        return operator === '';
      case '-n':
        return operator !== '';
      case '-t':
        return process.context.terminal !== undefined;
      default:
        return false;
    }
  }
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '-eq':
      return Number(left) === Number(right);
    case '-ne':
      return Number(left) !== Number(right);
    case '-lt':
      return Number(left) < Number(right);
    case '-le':
      return Number(left) <= Number(right);
    case '-gt':
      return Number(left) > Number(right);
    case '-ge':
      return Number(left) >= Number(right);
    default:
      return false;
  }
}

export const fileCommands = { cat, ls, mkdir, rm, rmdir, touch, cp, mv, chmod, test, '[': test } satisfies Record<
  string,
  Command
>;
