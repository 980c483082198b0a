import { execFile, spawn } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubeconfigFile } from './kubeconfig-file.ts';
import { lockWaitMs } from './lock.ts';
import { dev, handWritten, lease, prod } from './testing-lease.ts';

const run = promisify(execFile);

describe('a kubeconfig file', () => {
  let folder: string;
  let path: string;
  const file = (at = path) => new KubeconfigFile({ path: at, installation: 'i1' });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-kube-'));
    path = join(folder, 'config');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('is made with its folder, for its owner alone', async () => {
    const nested = join(folder, '.kube', 'postern.yaml');
    expect(await file(nested).write(lease([dev, prod]))).toEqual({
      path: nested,
      contexts: ['acme/dev', 'acme/prod'],
      skipped: [],
    });
    if (process.platform !== 'win32') expect((await stat(nested)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, '.kube'))).toEqual(['postern.yaml']);
  });

  test('is emptied at sign-out, and not made for that', async () => {
    await file().clear();
    expect(await readdir(folder)).toEqual([]);
    await file().write(lease([dev]));
    await file().clear();
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('secret');
    expect(text).toContain('contexts: []');
  });

  test('keeps one backup: the file as it was before Postern', async () => {
    await writeFile(path, handWritten);
    await file().write(lease([dev]));
    await file().write(lease([dev, prod], { token: 'second' }));
    expect(await readFile(`${path}.before-postern`, 'utf8')).toBe(handWritten);
    expect((await readdir(folder)).sort()).toEqual(['config', 'config.before-postern']);
    await file().clear();
    await file().write(lease([prod]));
    expect(await readFile(`${path}.before-postern`, 'utf8')).not.toContain('secret');
  });

  test('follows a link and leaves it a link', async () => {
    await mkdir(join(folder, 'dotfiles'));
    await writeFile(join(folder, 'dotfiles', 'kube'), handWritten);
    await symlink('dotfiles/kube', path);
    await file().write(lease([dev]));
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'dotfiles', 'kube'), 'utf8')).toContain('acme/dev');
  });

  test('is made where a link points to nothing yet, and refused where links lead in a circle', async () => {
    await symlink('missing', path);
    await file().write(lease([dev]));
    expect(await readFile(join(folder, 'missing'), 'utf8')).toContain('acme/dev');
    await symlink('loop', join(folder, 'loop'));
    await expect(file(join(folder, 'loop')).write(lease([dev]))).rejects.toMatchObject({
      code: 'POSTERN_KUBECONFIG_UNREADABLE',
    });
  });

  test('is left untouched where it cannot be understood', async () => {
    for (const bad of ['clusters:\n\t- x', Buffer.from([0xff, 0xfe, 0x00])]) {
      await writeFile(path, bad);
      await expect(file().write(lease([dev]))).rejects.toMatchObject({ code: 'POSTERN_KUBECONFIG_UNREADABLE' });
      await expect(file().clear()).rejects.toMatchObject({ code: 'POSTERN_KUBECONFIG_UNREADABLE' });
      expect(await readFile(path)).toEqual(Buffer.from(bad));
      expect(await readdir(folder)).toEqual(['config']);
    }
    await rm(path);
    await mkdir(path);
    await expect(file().write(lease([dev]))).rejects.toMatchObject({ code: 'POSTERN_KUBECONFIG_UNREADABLE' });
  });

  test.skipIf(process.platform === 'win32')('is never put in the place of a pipe or a device', async () => {
    const pipe = join(folder, 'pipe');
    await run('mkfifo', [pipe]);
    await symlink('pipe', path);
    // Its other end has nothing to say, as /dev/null has not.
    const writer = spawn('sh', ['-c', ': >"$0"', pipe], { stdio: 'ignore' });
    await expect(file().write(lease([dev]))).rejects.toMatchObject({
      code: 'POSTERN_KUBECONFIG_UNREADABLE',
      message: `${path} is no file`,
    });
    expect((await lstat(pipe)).isFIFO()).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['config', 'pipe']);
    writer.kill();
  });

  test('closes itself to others once a token of ours is in it', async () => {
    await writeFile(path, handWritten, { mode: 0o644 });
    await file().write(lease([dev]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o644);
    await file().write(lease([dev]));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test.skipIf(process.platform === 'win32')('keeps its old content where the disk takes no more', async () => {
    const old = `${handWritten}# ${'x'.repeat(20_000)}\n`;
    await writeFile(path, old);
    const script = `
      import { KubeconfigFile } from ${JSON.stringify(join(import.meta.dirname, 'kubeconfig-file.ts'))};
      import { dev, lease } from ${JSON.stringify(join(import.meta.dirname, 'testing-lease.ts'))};
      await new KubeconfigFile({ path: ${JSON.stringify(path)}, installation: 'i1' }).write(lease([dev]))
        .catch((error) => console.log(error.code));
    `;
    const { stdout } = await run('bash', [
      '-c',
      `trap '' XFSZ; ulimit -f 8; exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      script,
    ]);
    expect(stdout.trim()).toBe('POSTERN_KUBECONFIG_UNWRITABLE');
    expect(await readFile(path, 'utf8')).toBe(old);
    expect(await readdir(folder)).toEqual(['config']);
  });

  test.skipIf(process.platform === 'win32')('leaves no lock behind where the disk takes nothing at all', async () => {
    await writeFile(path, handWritten);
    const script = `
      import { lockKubeconfig } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
      const clock = { now: () => new Date(), setTimeout };
      await lockKubeconfig(${JSON.stringify(path)}, clock).catch((error) => process.exit(error.code.endsWith('_UNWRITABLE') ? 3 : 4));
    `;
    const limited = run('bash', [
      '-c',
      `trap '' XFSZ; ulimit -f 0; exec "$0" --input-type=module -e "$1"`,
      process.execPath,
      script,
    ]);
    await expect(limited).rejects.toMatchObject({ code: 3 });
    expect(await readdir(folder)).toEqual(['config']);
  });

  test('waits for kubectl’s lock, and says whose it is where it stays', async () => {
    await writeFile(path, handWritten);
    await writeFile(`${path}.lock`, '');
    let now = 0;
    const waits: number[] = [];
    const clock = {
      now: () => new Date(now),
      setTimeout(callback: () => void, ms: number) {
        waits.push(ms);
        now += ms;
        setImmediate(callback);
      },
    };
    const locked = new KubeconfigFile({ path, installation: 'i1', clock });
    await expect(locked.write(lease([dev]))).rejects.toMatchObject({
      code: 'POSTERN_KUBECONFIG_LOCKED',
      hint: expect.stringContaining(`${path}.lock`),
    });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(lockWaitMs);
    expect(await readFile(path, 'utf8')).toBe(handWritten);
    expect(await readdir(folder)).toContain('config.lock');

    const freed = new KubeconfigFile({
      path,
      installation: 'i1',
      clock: { now: () => new Date(0), setTimeout: (callback: () => void) => void rm(`${path}.lock`).then(callback) },
    });
    expect((await freed.write(lease([dev]))).contexts).toEqual(['acme/dev']);
    expect(await readdir(folder)).not.toContain('config.lock');
  });

  test('takes back a lock that a Postern left behind when it was killed', async () => {
    const dead = await new Promise<number>((resolve) => {
      const child = execFile(process.execPath, ['-e', '']);
      child.on('close', () => resolve(child.pid ?? 0));
    });
    await writeFile(`${path}.lock`, `postern ${dead}\n`);
    await file().write(lease([dev]));
    expect(await readdir(folder)).toEqual(['config']);
  });

  test('is written by several at once without losing anything', async () => {
    await writeFile(path, handWritten);
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        new KubeconfigFile({ path, installation: `i${index}` }).write(lease([dev], { organisation: `org${index}` })),
      ),
    );
    const text = await readFile(path, 'utf8');
    for (let index = 0; index < 8; index++) expect(text).toContain(`org${index}/dev`);
    expect(text).toContain('# my clusters');
  });
});
