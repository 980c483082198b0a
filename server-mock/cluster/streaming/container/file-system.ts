import { type Disk, FileError } from './disk.ts';

export interface FileStat {
  name: string;
  kind: 'file' | 'directory' | 'device';
  sizeBytes: number;
  modifiedMs: number;
  /** Permission bits; recorded and shown, not enforced: everything runs as root. */
  mode: number;
}

interface FileNode {
  kind: 'file';
  blocks: Buffer[];
  sizeBytes: number;
  modifiedMs: number;
  mode: number;
  unlinked: boolean;
}

/** The name of a device; what reading and writing do is not the file system's affair. */
interface DeviceNode {
  kind: 'device';
  modifiedMs: number;
  mode: number;
}

type Node = FileNode | DirectoryNode | DeviceNode;

interface DirectoryNode {
  kind: 'directory';
  entries: Map<string, Node>;
  modifiedMs: number;
  mode: number;
}

/** What a file or directory costs on the disk beside its contents, so that empty files are bounded too. */
const nodeBytes = 512;
const largestBlock = 65_536;
const smallestBlock = 256;
const longestName = 255;
const deepestPath = 64;

/** Makes a path absolute and resolves `.`, `..` and doubled slashes. */
export function resolvePath(workingDirectory: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${workingDirectory}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/**
 * A container's files, in memory, on a bounded disk. Every path given to it is absolute and resolved.
 * Every method throws {@link FileError} as the system call of its name would fail.
 */
export class FileSystem {
  readonly #disk: Disk;
  readonly #now: () => number;
  readonly #root: DirectoryNode;

  constructor(disk: Disk, now: () => number) {
    this.#disk = disk;
    this.#now = now;
    this.#root = { kind: 'directory', entries: new Map(), modifiedMs: now(), mode: 0o755 };
  }

  stat(path: string): FileStat | undefined {
    const node = this.#find(path);
    return node && describe(path === '/' ? '/' : (split(path).at(-1) as string), node);
  }

  isDirectory(path: string): boolean {
    return this.#find(path)?.kind === 'directory';
  }

  /** The entries of a directory, by name. */
  list(path: string): FileStat[] {
    const node = this.#existing(path);
    if (node.kind !== 'directory') throw new FileError('ENOTDIR');
    return [...node.entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, entry]) => describe(name, entry));
  }

  /** A snapshot of a file's contents; later writes do not show in it. */
  read(path: string): Buffer[] {
    const node = this.#existing(path);
    if (node.kind === 'directory') throw new FileError('EISDIR');
    if (node.kind === 'device') throw new FileError('EINVAL');
    let left = node.sizeBytes;
    return node.blocks.map((block) => {
      const used = Math.min(left, block.length);
      left -= used;
      return block.subarray(0, used);
    });
  }

  readText(path: string): string {
    return Buffer.concat(this.read(path)).toString('utf8');
  }

  writeText(path: string, text: string): void {
    this.createDirectory(parentOf(path), { parents: true });
    this.openForWriting(path).write(Buffer.from(text));
  }

  /** Creates or truncates a file, or goes on at its end with `append`. */
  openForWriting(path: string, options: { append?: boolean; mode?: number } = {}): FileWriter {
    const { directory, name } = this.#parent(path);
    let node = directory.entries.get(name);
    if (node?.kind === 'directory') throw new FileError('EISDIR');
    if (node?.kind === 'device') throw new FileError('EINVAL');
    if (!node) {
      this.#disk.take(nodeBytes);
      node = { kind: 'file', blocks: [], sizeBytes: 0, modifiedMs: 0, mode: 0o644, unlinked: false };
      directory.entries.set(name, node);
      directory.modifiedMs = this.#now();
    } else if (!options.append) {
      this.#disk.give(node.sizeBytes);
      node.blocks = [];
      node.sizeBytes = 0;
    }
    node.modifiedMs = this.#now();
    if (options.mode !== undefined) node.mode = options.mode;
    return new FileWriter(node, this.#disk, this.#now);
  }

  createDirectory(path: string, options: { parents?: boolean; mode?: number } = {}): void {
    const parts = split(path);
    let directory = this.#root;
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      let node = directory.entries.get(part);
      if (node && last && !options.parents) throw new FileError('EEXIST');
      if (!node) {
        if (!last && !options.parents) throw new FileError('ENOENT');
        this.#disk.take(nodeBytes);
        node = { kind: 'directory', entries: new Map(), modifiedMs: this.#now(), mode: options.mode ?? 0o755 };
        directory.entries.set(part, node);
        directory.modifiedMs = this.#now();
      }
      if (node.kind !== 'directory') throw new FileError(last ? 'EEXIST' : 'ENOTDIR');
      directory = node;
    }
  }

  createDevice(path: string): void {
    const { directory, name } = this.#parent(path);
    this.#disk.take(nodeBytes);
    directory.entries.set(name, { kind: 'device', modifiedMs: this.#now(), mode: 0o666 });
  }

  remove(path: string, options: { recursive?: boolean } = {}): void {
    if (path === '/') throw new FileError('EBUSY');
    const { directory, name } = this.#parent(path);
    const node = directory.entries.get(name);
    if (!node) throw new FileError('ENOENT');
    if (node.kind === 'directory' && !options.recursive) throw new FileError('EISDIR');
    this.#release(node);
    directory.entries.delete(name);
    directory.modifiedMs = this.#now();
  }

  removeDirectory(path: string): void {
    const node = this.#existing(path);
    if (node.kind !== 'directory') throw new FileError('ENOTDIR');
    if (node.entries.size > 0) throw new FileError('ENOTEMPTY');
    this.remove(path, { recursive: true });
  }

  rename(from: string, to: string): void {
    const source = this.#parent(from);
    const node = source.directory.entries.get(source.name);
    if (!node) throw new FileError('ENOENT');
    if (to === from) return;
    if (to.startsWith(`${from}/`)) throw new FileError('EINVAL');
    const target = this.#parent(to);
    const replaced = target.directory.entries.get(target.name);
    if (replaced?.kind === 'directory') throw new FileError('EEXIST');
    if (replaced) this.#release(replaced);
    source.directory.entries.delete(source.name);
    target.directory.entries.set(target.name, node);
  }

  touch(path: string, modifiedMs?: number): void {
    if (!this.#find(path)) this.openForWriting(path);
    this.#existing(path).modifiedMs = modifiedMs ?? this.#now();
  }

  setMode(path: string, mode: number): void {
    this.#existing(path).mode = mode;
  }

  /** Gives all space back to the disk; the file system is empty afterwards. */
  dispose(): void {
    for (const entry of this.#root.entries.values()) this.#release(entry);
    this.#root.entries.clear();
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const part of split(path)) {
      if (node?.kind !== 'directory') return undefined;
      node = node.entries.get(part);
    }
    return node;
  }

  #existing(path: string): Node {
    const node = this.#find(path);
    if (!node) throw new FileError('ENOENT');
    return node;
  }

  #parent(path: string): { directory: DirectoryNode; name: string } {
    const name = split(path).at(-1);
    if (name === undefined) throw new FileError('EISDIR');
    const directory = this.#existing(parentOf(path));
    if (directory.kind !== 'directory') throw new FileError('ENOTDIR');
    return { directory, name };
  }

  #release(node: Node): void {
    if (node.kind === 'file') {
      node.unlinked = true;
      this.#disk.give(nodeBytes + node.sizeBytes);
      return;
    }
    if (node.kind === 'directory') for (const entry of node.entries.values()) this.#release(entry);
    this.#disk.give(nodeBytes);
  }
}

/** An open file. What is written after the file was removed goes nowhere. */
export class FileWriter {
  readonly #node: FileNode;
  readonly #disk: Disk;
  readonly #now: () => number;

  constructor(node: FileNode, disk: Disk, now: () => number) {
    this.#node = node;
    this.#disk = disk;
    this.#now = now;
  }

  /** @throws {FileError} `ENOSPC`, with nothing of `chunk` written */
  write(chunk: Buffer): void {
    const node = this.#node;
    if (node.unlinked) return;
    this.#disk.take(chunk.length);
    let offset = 0;
    while (offset < chunk.length) {
      const before = node.blocks.length > 0 ? (node.blocks.length - 1) * largestBlock : 0;
      const used = node.sizeBytes - before;
      const room = this.#room(used, chunk.length - offset);
      const copied = chunk.copy(room, used % largestBlock, offset);
      node.sizeBytes += copied;
      offset += copied;
    }
    node.modifiedMs = this.#now();
  }

  /** The last block, with room for at least one more byte. Blocks grow by doubling; all but the last are full. */
  #room(used: number, wanted: number): Buffer {
    const { blocks } = this.#node;
    const last = blocks.at(-1);
    if (last && used < last.length) return last;
    const size = (needed: number) => Math.min(largestBlock, Math.max(smallestBlock, 2 ** Math.ceil(Math.log2(needed))));
    if (!last || last.length === largestBlock) {
      const block = Buffer.allocUnsafeSlow(size(wanted));
      blocks.push(block);
      return block;
    }
    const block = Buffer.allocUnsafeSlow(size(used + wanted));
    last.copy(block);
    blocks[blocks.length - 1] = block;
    return block;
  }
}

function split(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length > deepestPath || parts.some((part) => part.length > longestName)) throw new FileError('EINVAL');
  return parts;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function describe(name: string, node: Node): FileStat {
  const sizeBytes = node.kind === 'file' ? node.sizeBytes : node.kind === 'directory' ? 4096 : 0;
  return { name, kind: node.kind, sizeBytes, modifiedMs: node.modifiedMs, mode: node.mode };
}
