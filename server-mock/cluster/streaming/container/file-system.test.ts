import { expect, test } from 'vitest';
import { Disk, FileError } from './disk.ts';
import { FileSystem, resolvePath } from './file-system.ts';

function fileSystem(capacityBytes = 1_000_000) {
  const disk = new Disk(capacityBytes);
  return { disk, files: new FileSystem(disk, () => 0) };
}

test('no path leads above the root', () => {
  expect(resolvePath('/a/b', '../../../../etc/./passwd')).toBe('/etc/passwd');
  expect(resolvePath('/a', '/x//y/')).toBe('/x/y');
});

test('what is written in pieces of any size is read back the same', () => {
  const { files } = fileSystem();
  const writer = files.openForWriting('/f');
  const pieces = [1, 255, 256, 65_535, 65_536, 65_537, 3, 200_000].map((size, index) => Buffer.alloc(size, index + 1));
  for (const piece of pieces) writer.write(piece);
  expect(Buffer.concat(files.read('/f')).equals(Buffer.concat(pieces))).toBe(true);
  files.openForWriting('/f', { append: true }).write(Buffer.from('end'));
  expect(files.stat('/f')?.sizeBytes).toBe(Buffer.concat(pieces).length + 3);
});

test('the disk is full at its capacity, and everything removed gives its space back', () => {
  const { disk, files } = fileSystem(10_000);
  files.createDirectory('/d');
  expect(() => files.openForWriting('/d/f').write(Buffer.alloc(10_000))).toThrow(FileError);
  for (let count = 0; count < 10; count++) files.openForWriting(`/d/${count}`).write(Buffer.alloc(100));
  expect(() => {
    for (let count = 0; ; count++) files.openForWriting(`/d/empty-${count}`);
  }).toThrow('No space left on device');
  files.remove('/d', { recursive: true });
  expect(disk.usedBytes).toBe(0);
});

test('writing to a removed file takes no space', () => {
  const { disk, files } = fileSystem();
  const writer = files.openForWriting('/f');
  files.remove('/f');
  writer.write(Buffer.alloc(500));
  expect(disk.usedBytes).toBe(0);
});

test('a directory is neither read nor overwritten, nor moved into itself', () => {
  const { files } = fileSystem();
  files.createDirectory('/d/e', { parents: true });
  expect(() => files.read('/d')).toThrow('Is a directory');
  expect(() => files.openForWriting('/d')).toThrow('Is a directory');
  expect(() => files.remove('/d')).toThrow('Is a directory');
  expect(() => files.rename('/d', '/d/e/f')).toThrow('Invalid argument');
  expect(() => files.openForWriting('/missing/f')).toThrow('No such file or directory');
  expect(() => files.stat(`/${'a/'.repeat(1_000)}`)).toThrow('Invalid argument');
});
