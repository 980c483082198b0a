import { randomBytes } from 'node:crypto';
import { FileError } from './disk.ts';
import { discardingOutput, emptyInput, type Input, type Output } from './io.ts';

/** A file without contents of its own. */
export interface Device {
  /** What reading gives; what has no end is paced by whoever opens it. */
  input: Input;
  output: Output;
}

const pieceBytes = 65_536;
const zeros = Buffer.alloc(pieceBytes);

const zeroInput: Input = { read: async () => zeros };
const randomInput: Input = { read: async () => randomBytes(pieceBytes) };
const fullOutput: Output = {
  write: async () => {
    throw new FileError('ENOSPC');
  },
};

/** The devices of every container, by their paths. */
export const devices: ReadonlyMap<string, Device> = new Map<string, Device>([
  ['/dev/null', { input: emptyInput, output: discardingOutput }],
  ['/dev/zero', { input: zeroInput, output: discardingOutput }],
  ['/dev/full', { input: zeroInput, output: fullOutput }],
  ['/dev/random', { input: randomInput, output: discardingOutput }],
  ['/dev/urandom', { input: randomInput, output: discardingOutput }],
]);
