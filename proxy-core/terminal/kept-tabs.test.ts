import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type KeptTab, KeptTabs } from './kept-tabs.ts';

const tab: KeptTab = {
  id: '01a20000-0000-7000-8000-000000000001',
  context: 'acme/dev',
  workingDirectory: null,
  startedAt: '2026-03-01T00:00:00.000Z',
};

test.each([0, 1, 2, 3, 4, 5])('a change that comes %i microtasks after a write is not lost', async (count) => {
  const home = await mkdtemp(join(tmpdir(), 'postern-tabs-'));
  const folder = join(home, 'state');
  const path = join(folder, 'terminal-tabs.json');
  const { kept } = await KeptTabs.open(
    {
      path,
      onFailure() {
        mkdirSync(folder);
        keepAfter(count);
      },
    },
    10,
  );
  const keepAfter = (microtasks: number): void => {
    if (microtasks === 0) kept.keep([tab, tab]);
    else queueMicrotask(() => keepAfter(microtasks - 1));
  };
  kept.keep([tab]);
  await kept.settled();
  await new Promise(setImmediate);
  await kept.settled();
  expect(JSON.parse(await readFile(path, 'utf8'))).toHaveLength(2);
  await rm(home, { recursive: true });
});
