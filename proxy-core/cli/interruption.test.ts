import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processLives, readCoreFile } from '../core/lock.ts';
import { temporaryHome } from '../core/testing-home.ts';

const main = join(import.meta.dirname, 'main.ts');

test('started through npm, a command ends when the shell between dies of the signal', async () => {
  await using home = await temporaryHome();
  // As npm does it: sh waits for node, and a signal to sh reaches nobody else. `; true` keeps sh from replacing itself.
  const shell = spawn('/bin/sh', ['-c', `"${process.execPath}" "${main}" ui --no-open -o json; true`], {
    env: { ...process.env, npm_lifecycle_event: 'postern', POSTERN_HOME: home.folder.home, POSTERN_LOG: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(shell.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(JSON.parse(line)).toMatchObject({ ready: true });
  const core = await readCoreFile(home.folder.core);
  expect(core && processLives(core.pid)).toBe(true);
  shell.kill('SIGTERM');
  // The pipe closes when the last process that holds it has ended.
  await once(shell.stdout, 'close');
  expect(existsSync(home.folder.core)).toBe(false);
}, 20_000);
