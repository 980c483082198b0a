import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lockCore } from './lock.ts';
import { temporaryHome } from './testing-home.ts';

const own = (token: string) => ({ pid: process.pid, url: 'http://127.0.0.1:1', token });
const yes = async () => true;
const no = async () => false;

/** A pid that was real and is free now. */
function endedPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('one at a time; the next once it is released', async () => {
  await using home = await temporaryHome();
  const first = await lockCore(home.folder.core, own('a'), yes);
  await expect(lockCore(home.folder.core, own('b'), yes)).rejects.toMatchObject({ code: 'POSTERN_CORE_RUNNING' });
  await first.release();
  const second = await lockCore(home.folder.core, own('b'), yes);
  await first.release();
  expect(JSON.parse(await readFile(home.folder.core, 'utf8')).token).toBe('b');
  await second.release();
  expect(await readdir(home.folder.home)).toEqual([]);
});

test('of many that start at once one wins', async () => {
  await using home = await temporaryHome();
  await writeFile(home.folder.core, JSON.stringify({ ...own('stale'), pid: endedPid() }));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, at) => lockCore(home.folder.core, own(String(at)), yes)),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(home.folder.home)).toEqual(['core.json']);
});

test.each([
  ['of a process that ended', () => JSON.stringify({ ...own('old'), pid: endedPid() }), yes],
  ['of a process whose number another program has now', () => JSON.stringify(own('old')), no],
  ['that is half written', () => '{"pid": 12', yes],
  ['that is something else', () => '[]', yes],
])('a file %s is taken over', async (_, content, answers) => {
  await using home = await temporaryHome();
  await writeFile(home.folder.core, content());
  const lock = await lockCore(home.folder.core, own('new'), answers);
  expect(JSON.parse(await readFile(home.folder.core, 'utf8')).token).toBe('new');
  await lock.release();
});
