import { type Extract, extract, type Header, type Pack, pack } from 'tar-stream';
import { FileError } from '../disk.ts';
import { resolvePath } from '../file-system.ts';
import { untilAborted } from '../io.ts';
import { type Command, exitCodes, type Process, parseFlags } from '../process.ts';

/**
 * `tar cf - PATH…` and `tar xmf - -C DIRECTORY`, as kubectl cp runs them, with archives in files too. Links and devices
 * in an archive are passed over with a warning.
 *
 * @see kubectl pkg/cmd/cp/cp.go
 */
export const tar: Command = async (process) => {
  const { flags, operands } = parseTarFlags(process.args);
  const directory = process.path(flags.get('C') ?? '.');
  const archive = flags.get('f') ?? '-';
  if (flags.has('c') === (flags.has('x') || flags.has('t'))) {
    await process.complain('one of c, x and t is needed');
    return exitCodes.usage;
  }
  return flags.has('c') ? create(process, directory, archive, operands) : unpack(process, directory, archive, flags);
};

/** The first word may lack its dash (`tar cf -`); flags in one word take their values in order from what follows. */
function parseTarFlags(args: readonly string[]): { flags: Map<string, string>; operands: string[] } {
  const [first = '', ...rest] = args;
  return parseFlags(first.startsWith('-') ? args : [`-${first}`, ...rest], 'fC');
}

async function create(process: Process, directory: string, archive: string, names: readonly string[]): Promise<number> {
  const missing = (name: string) => !process.files.stat(resolvePath(directory, name));
  if (names.every(missing)) {
    // No archive at all: at the end of an empty one kubectl cp is content, and leaves before it sees the exit code.
    await process.forEachFile(names, () => {
      throw new FileError('ENOENT');
    });
    return exitCodes.usage;
  }
  const packer = pack();
  packer.on('error', () => {}); // told by the promises below
  const writer = archive === '-' ? undefined : process.files.openForWriting(process.path(archive));
  const writing = (async () => {
    for await (const chunk of packer as AsyncIterable<Buffer>) {
      if (writer) writer.write(chunk);
      else await process.write(chunk);
    }
  })();
  const adding = addAll(process, packer, directory, names);
  const [written, added] = await Promise.allSettled([writing, adding]);
  // Where nobody reads any more, adding fails too, but only as a consequence.
  if (written.status === 'rejected') throw written.reason;
  if (added.status === 'rejected') throw added.reason;
  return added.value;
}

async function addAll(process: Process, packer: Pack, directory: string, names: readonly string[]): Promise<number> {
  try {
    let warned = false;
    return await process.forEachFile(names, async (name) => {
      const path = resolvePath(directory, name);
      if (!process.files.stat(path)) throw new FileError('ENOENT');
      if (name.startsWith('/') && !warned) {
        warned = true;
        await process.complain("removing leading '/' from member names");
      }
      await add(process, packer, path, name.replace(/^\/+/, '').replace(/\/+$/, '') || '.');
    });
  } finally {
    packer.finalize();
  }
}

async function add(process: Process, packer: Pack, path: string, name: string): Promise<void> {
  process.check();
  const stat = process.files.stat(path);
  if (!stat) return;
  const header = { name, mode: stat.mode, mtime: new Date(stat.modifiedMs), uname: 'root', gname: 'root' };
  if (stat.kind === 'directory') {
    await entry(packer, { ...header, name: `${name}/`, type: 'directory' }, []);
    for (const { name: child } of process.files.list(path)) {
      await add(process, packer, resolvePath(path, child), `${name}/${child}`);
    }
    return;
  }
  if (stat.kind === 'device') {
    await process.complain(`${name}: passed over, a device cannot be kept in an archive`);
    return;
  }
  const blocks = process.files.read(path);
  const size = blocks.reduce((sum, block) => sum + block.length, 0);
  await entry(packer, { ...header, type: 'file', size }, blocks);
}

/** The blocks are the file's own memory, so queueing them all costs nothing; resolves when they are read. */
function entry(packer: Pack, header: Partial<Header> & { name: string }, blocks: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const sink = packer.entry(header, (error) => (error ? reject(error) : resolve()));
    sink.on('error', () => {}); // the callback has it
    for (const block of blocks) sink.write(block);
    if (header.type === 'file') sink.end(null);
  });
}

async function unpack(
  process: Process,
  directory: string,
  archive: string,
  flags: ReadonlyMap<string, string>,
): Promise<number> {
  if (!process.files.isDirectory(directory)) {
    await process.complain(`can't change directory to '${flags.get('C') ?? '.'}': No such file or directory`);
    return 1;
  }
  const extractor = extract();
  const feeding = feed(process, archive, extractor);
  let exitCode = 0;
  try {
    for await (const entry of extractor) {
      process.check();
      if (flags.has('t')) await process.write(`${entry.header.name}\n`);
      else if (!(await place(process, directory, entry, flags.has('m')))) exitCode = 1;
      entry.resume();
    }
  } catch (error) {
    // tar-stream's own complaints are plain errors.
    if (!(error instanceof Error) || error.constructor !== Error) throw error;
    await process.complain(error.message);
    exitCode = 1;
  } finally {
    extractor.destroy(null);
  }
  await feeding;
  process.check();
  return exitCode;
}

/** Gives the archive's bytes to the extractor at the pace at which it takes them. */
async function feed(process: Process, archive: string, extractor: Extract): Promise<void> {
  const closed = new Promise<void>((resolve) => extractor.once('close', resolve));
  const input = process.open(archive);
  while (!extractor.destroyed) {
    const chunk = await input.read(process.context.signal);
    if (!chunk) break;
    if (extractor.write(chunk)) continue;
    const drained = new Promise<void>((resolve) => extractor.once('drain', resolve));
    await untilAborted(Promise.race([drained, closed]), process.context.signal);
  }
  if (process.context.signal.aborted) extractor.destroy(null);
  else extractor.end(null);
}

async function place(
  process: Process,
  directory: string,
  entry: AsyncIterable<unknown> & { header: Header },
  touch: boolean,
): Promise<boolean> {
  const { header } = entry;
  // Resolved against the root first, so that no `..` leads out of the directory.
  const path = resolvePath(directory, `.${resolvePath('/', header.name)}`);
  const { files } = process;
  try {
    if (header.type === 'directory') {
      files.createDirectory(path, { parents: true, mode: header.mode });
    } else if (header.type === 'file' || header.type === 'contiguous-file') {
      files.createDirectory(path.slice(0, path.lastIndexOf('/')) || '/', { parents: true });
      const writer = files.openForWriting(path, { mode: header.mode });
      for await (const chunk of entry) writer.write(chunk as Buffer);
      if (!touch && header.mtime) files.touch(path, header.mtime.getTime());
    } else {
      await process.complain(`${header.name}: passed over, a ${header.type} cannot be kept here`);
    }
    return true;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await process.complain(`can't write ${header.name}: ${error.message}`);
    return false;
  }
}
