import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KubeconfigFile } from './kubeconfig-file.ts';
import { terminalKubeconfig } from './terminal-kubeconfig.ts';
import { dev, devViewer, handWritten, lease, prod } from './testing-lease.ts';

const run = promisify(execFile);

function hasKubectl(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasKubectl())('kubectl itself', () => {
  let folder: string;
  let path: string;
  let file: KubeconfigFile;
  const kubectl = async (...args: string[]) => (await run('kubectl', ['--kubeconfig', path, ...args])).stdout;
  const contexts = async () => (await kubectl('config', 'get-contexts', '-o', 'name')).trim().split('\n').sort();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-kubectl-'));
    path = join(folder, 'config');
    file = new KubeconfigFile({ path, installation: 'i1' });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('reads what we write', async () => {
    await file.write(lease([dev, devViewer, prod]));
    expect(await contexts()).toEqual(['acme/dev', 'acme/dev+viewer', 'acme/prod']);
    const view = JSON.parse(
      await kubectl('config', 'view', '--raw', '-o', 'json', '--minify', '--context', 'acme/prod'),
    );
    expect(view.contexts[0].context).toMatchObject({ cluster: 'acme/prod', user: 'acme/prod', namespace: 'shop' });
    expect(view.clusters[0].cluster.server).toBe('https://127.0.0.1:24001/clusters/prod');
    expect(view.users[0].user.token).toBe('secret_-1.prod');
  });

  test('reads an emptied file and a merged one', async () => {
    await file.write(lease([dev]));
    await file.clear();
    expect(await contexts()).toEqual(['']);
    await writeFile(path, handWritten);
    await file.write(lease([dev]));
    expect(await contexts()).toEqual(['acme/dev', 'home']);
    expect((await kubectl('config', 'current-context')).trim()).toBe('home');
  });

  test('starts in the terminal’s own context', async () => {
    await writeFile(path, terminalKubeconfig(lease([dev, prod], { token: 'own' }), 'acme/prod', 'i1'));
    expect((await kubectl('config', 'current-context')).trim()).toBe('acme/prod');
    expect(await contexts()).toEqual(['acme/dev', 'acme/prod']);
  });

  test('rewrites the file, and our entries are still known as ours', async () => {
    await writeFile(path, handWritten);
    await file.write(lease([dev, prod]));
    await kubectl('config', 'use-context', 'acme/dev');
    await kubectl('config', 'set-context', 'acme/dev', '--namespace', 'mine');
    await file.write(lease([dev, devViewer], { token: 'new' }));
    expect(await contexts()).toEqual(['acme/dev', 'acme/dev+viewer', 'home']);
    expect((await kubectl('config', 'current-context')).trim()).toBe('acme/dev');
    const view = JSON.parse(await kubectl('config', 'view', '--raw', '-o', 'json', '--minify'));
    expect(view.contexts[0].context.namespace).toBe('mine');
    expect(view.users[0].user.token).toBe('new.dev');
    await file.clear();
    expect(await contexts()).toEqual(['home']);
    expect(await readFile(path, 'utf8')).not.toContain('postern');
  });

  test('changes the file at the same time as we do, and nobody’s change is lost', async () => {
    await writeFile(path, handWritten);
    const own = (async () => {
      for (let round = 0; round < 12; round++)
        await file.write(lease(round % 2 === 0 ? [dev] : [dev, prod], { token: `t${round}` }));
    })();
    const theirs = (async () => {
      for (let round = 0; round < 12; round++) {
        // kubectl does not wait for its lock: it fails, and whoever runs it runs it again.
        for (;;) {
          const failed = await kubectl('config', 'set-context', `c${round}`, '--cluster', 'home').then(
            () => false,
            (error) => String(error.stderr).includes('.lock'),
          );
          if (!failed) break;
        }
      }
    })();
    await Promise.all([own, theirs]);
    const expected = ['acme/dev', 'acme/prod', 'home', ...Array.from({ length: 12 }, (_, round) => `c${round}`)].sort();
    expect(await contexts()).toEqual(expected);
  }, 60_000);
});
