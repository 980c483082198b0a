import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

describe('the command that runs one emulated cluster', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emulated-cluster-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes a kubeconfig that only its owner can read, serves, and ends on SIGTERM', async () => {
    const file = join(folder, 'kubeconfig');
    const child = spawn(process.execPath, [main, '--name', 'alone', '--seed', 'empty', '--kubeconfig-out', file]);
    const [said] = (await once(child.stderr, 'data')) as [Buffer];
    expect(String(said)).toMatch(/^emulated cluster alone at https:\/\/127\.0\.0\.1:\d+; kubeconfig in /);
    expect(await readFile(file, 'utf8')).toContain('current-context: alone');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('names the option that is wrong', async () => {
    const child = spawn(process.execPath, [main, '--seed', 'other']);
    const [said] = (await once(child.stderr, 'data')) as [Buffer];
    expect(String(said)).toBe('--seed is acme or empty, not other\n');
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});
