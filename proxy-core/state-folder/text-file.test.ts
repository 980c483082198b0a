import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureFolder, readTextIfPresent, writeTextAtomically } from './text-file.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

describe('a file of the state folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-state-'));
  });
  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true, force: true });
  });

  test('is written for its owner alone, whatever the umask, and nothing is left beside it', async () => {
    const path = join(folder, 'settings.json');
    const umask = process.umask(0o077);
    try {
      await writeTextAtomically(path, 'one');
      await writeTextAtomically(path, 'two');
    } finally {
      process.umask(umask);
    }
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(folder)).toEqual(['settings.json']);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('never shows a reader half a text', async () => {
    const path = join(folder, 'settings.json');
    const texts = ['a'.repeat(300_000), 'b'.repeat(300_000)];
    await writeTextAtomically(path, texts[0] ?? '');
    let isWriting = true;
    const reading = (async () => {
      while (isWriting) expect(texts).toContain(await readFile(path, 'utf8'));
    })();
    for (let round = 0; round < 20; round++) await writeTextAtomically(path, texts[round % 2] ?? '');
    isWriting = false;
    await reading;
  });

  test.skipIf(process.platform === 'win32')('keeps its old content where the disk takes no more', async () => {
    const path = join(folder, 'settings.json');
    await writeTextAtomically(path, 'old');
    // A limit on the size of files makes the kernel cut the write short, as a full disk does.
    const script = `
      import { writeTextAtomically } from ${JSON.stringify(join(import.meta.dirname, 'text-file.ts'))};
      await writeTextAtomically(${JSON.stringify(path)}, 'x'.repeat(100_000)).catch((error) => console.log(error.code));
    `;
    const { stdout } = await run('bash', [
      '-c',
      `trap '' XFSZ; ulimit -f 8; exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      script,
    ]);
    expect(stdout.trim()).toBe('POSTERN_STATE_UNWRITABLE');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['settings.json']);
  });

  test.skipIf(isRoot || process.platform === 'win32')('says so where the folder may not be written', async () => {
    const path = join(folder, 'settings.json');
    await writeTextAtomically(path, 'old');
    await chmod(folder, 0o500);
    await expect(writeTextAtomically(path, 'new')).rejects.toMatchObject({
      code: 'POSTERN_STATE_UNWRITABLE',
      hint: `check the permissions of ${folder}`,
    });
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  test('says so where its folder is a file', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeTextAtomically(join(folder, 'file', 'x'), '')).rejects.toMatchObject({
      code: 'POSTERN_STATE_UNWRITABLE',
    });
    await expect(ensureFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'POSTERN_STATE_UNWRITABLE' });
  });

  test('is undefined where there is none, and unreadable where it is no file', async () => {
    expect(await readTextIfPresent(join(folder, 'none'))).toBeUndefined();
    await expect(readTextIfPresent(folder)).rejects.toMatchObject({ code: 'POSTERN_STATE_UNREADABLE' });
  });

  test.skipIf(process.platform === 'win32')('lies in folders that nobody else can enter', async () => {
    await ensureFolder(join(folder, 'a', 'b'));
    expect((await stat(join(folder, 'a', 'b'))).mode & 0o777).toBe(0o700);
    await mkdir(join(folder, 'open'), { mode: 0o755 });
    await ensureFolder(join(folder, 'open'));
    expect((await stat(join(folder, 'open'))).mode & 0o777).toBe(0o700);
  });
});
