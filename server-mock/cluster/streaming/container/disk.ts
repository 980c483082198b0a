/** A file operation refused, with the errno name that a shell command reports. */
export class FileError extends Error {
  readonly errno: 'ENOENT' | 'ENOTDIR' | 'EISDIR' | 'EEXIST' | 'ENOTEMPTY' | 'ENOSPC' | 'EINVAL' | 'EBUSY' | 'EAGAIN';

  constructor(errno: FileError['errno']) {
    super(messages[errno]);
    this.name = 'FileError';
    this.errno = errno;
  }
}

const messages = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  ENOTEMPTY: 'Directory not empty',
  ENOSPC: 'No space left on device',
  EINVAL: 'Invalid argument',
  EBUSY: 'Device or resource busy',
  EAGAIN: 'Resource temporarily unavailable',
} as const;

/** Space that is taken and given back. A disk on a disk takes from both: a container's layer on its node's disk. */
export class Disk {
  readonly capacityBytes: number;
  readonly #below: Disk | undefined;
  #usedBytes = 0;

  constructor(capacityBytes: number, below?: Disk) {
    this.capacityBytes = capacityBytes;
    this.#below = below;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** @throws {FileError} `ENOSPC`, with nothing taken */
  take(bytes: number): void {
    if (this.#usedBytes + bytes > this.capacityBytes) throw new FileError('ENOSPC');
    this.#below?.take(bytes);
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#below?.give(bytes);
  }
}
