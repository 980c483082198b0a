import { type Dirent, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { repository } from '../support/postern.ts';

const built = join(repository, '.out/renderer/index.html');
const sources = ['renderer', 'proxy-core/contract'];

/** Builds the interface before the specs where that was not done, or not since its sources changed. */
export default async function buildInterface(): Promise<void> {
  const newest = Math.max(...(await Promise.all(sources.map((folder) => newestChange(join(repository, folder))))));
  if ((statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= newest) return;
  await build({ configFile: join(repository, 'renderer/vite.config.ts'), logLevel: 'warn' });
}

async function newestChange(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name));
  const times = await Promise.all(
    files.map(async (entry: Dirent) => (await stat(join(entry.parentPath, entry.name))).mtimeMs),
  );
  return Math.max(0, ...times);
}
