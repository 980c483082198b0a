import { type Dirent, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../support/postern.ts';
import { run } from '../support/processes.ts';

const built = join(repository, '.out/renderer/index.html');
const vite = join(repository, 'node_modules/vite/bin/vite.js');
const buildTimeoutMs = 180_000;
const sources = ['renderer', 'proxy-core/contract'];

/** Builds the interface before the specs where that was not done, or not since its sources changed. */
export default async function buildInterface(): Promise<void> {
  const newest = Math.max(...(await Promise.all(sources.map((folder) => newestChange(join(repository, folder))))));
  if ((statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return;
  // In a process of its own: NODE_ENV says `test` in this one, and React would be built for development.
  const finished = await run(process.execPath, [vite, 'build', '--config', 'renderer/vite.config.ts'], {
    cwd: repository,
    env: { NODE_ENV: 'production' },
    timeoutMs: buildTimeoutMs,
  });
  if (finished.exitCode !== 0)
    throw new Error(`The interface could not be built:\n${finished.stdout}${finished.stderr}`);
}

async function newestChange(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name));
  const times = await Promise.all(
    files.map(async (entry: Dirent) => (await stat(join(entry.parentPath, entry.name))).mtimeMs),
  );
  return Math.max(0, ...times);
}
