import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockCore } from './lock.ts';
import { temporaryHome } from './testing-home.ts';

const own = (token: string) => ({ pid: process.pid, url: 'http://127.0.0.1:1', token });

test('one at a time; the next once it is released', async () => {
  await using home = await temporaryHome();
  const first = await lockCore(home.folder.core, own('a'));
  await expect(lockCore(home.folder.core, own('b'))).rejects.toMatchObject({ code: 'POSTERN_CORE_RUNNING' });
  await first.release();
  const second = await lockCore(home.folder.core, own('b'));
  await first.release();
  expect(JSON.parse(await readFile(home.folder.core, 'utf8')).token).toBe('b');
  await second.release();
  await expect(readFile(home.folder.core)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('of many that start at once one wins', async () => {
  await using home = await temporaryHome();
  await writeFile(home.folder.core, JSON.stringify(own('stale')));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, at) => lockCore(home.folder.core, own(String(at)))),
  );
  const won = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [at] : []));
  expect(won).toHaveLength(1);
  expect(JSON.parse(await readFile(home.folder.core, 'utf8')).token).toBe(String(won[0]));
});

test('a process that is killed holds nothing any more, and its core.json is replaced', async () => {
  await using home = await temporaryHome();
  const program = `
    const { lockCore } = await import(${JSON.stringify(join(import.meta.dirname, 'lock.ts'))});
    await lockCore(${JSON.stringify(home.folder.core)}, { pid: process.pid, url: 'http://127.0.0.1:1', token: 'killed' });
    console.log('locked');
    setInterval(() => {}, 1000);
  `;
  const other = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  await expect(lockCore(home.folder.core, own('new'))).rejects.toMatchObject({
    code: 'POSTERN_CORE_RUNNING',
    message: expect.stringContaining(String(other.pid)),
  });
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = await lockCore(home.folder.core, own('new'));
  expect(JSON.parse(await readFile(home.folder.core, 'utf8')).token).toBe('new');
  await lock.release();
});

test.each(['{"pid": 12', '[]', ''])('a core.json that holds %j is replaced', async (content) => {
  await using home = await temporaryHome();
  await writeFile(home.folder.core, content);
  const lock = await lockCore(home.folder.core, own('new'));
  expect(JSON.parse(await readFile(home.folder.core, 'utf8')).token).toBe('new');
  await lock.release();
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be written is an error that says so', async () => {
  await using home = await temporaryHome();
  await chmod(home.folder.home, 0o500);
  await expect(lockCore(home.folder.core, own('a'))).rejects.toMatchObject({ code: 'POSTERN_STATE_UNWRITABLE' });
  await chmod(home.folder.home, 0o700);
});
