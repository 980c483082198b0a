import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { repository, runToEnd } from './program.ts';

const vite = join(repository, 'node_modules/vite/bin/vite.js');
const shared = ['package.json', 'package-lock.json', 'tsconfig.base.json'];
const outputs = [
  {
    made: '.out/renderer/index.html',
    from: ['renderer', 'proxy-core/contract', ...shared],
    command: [vite, 'build', '--config', 'renderer/vite.config.ts', '--logLevel', 'warn'],
  },
  {
    // The last file that the desktop app's build writes.
    made: '.out/electron/preload.cjs',
    from: ['electron', 'proxy-core', 'build/icons', ...shared],
    command: ['electron/build.ts'],
  },
];

/** The interface and the desktop app into `.out`, each only where it is older than what it is made of. */
export async function bringUpToDate(): Promise<void> {
  for (const output of outputs) await make(output);
}

async function make({ made, from, command }: (typeof outputs)[number]): Promise<void> {
  const changes = await Promise.all(from.map((path) => changedAt(join(repository, path))));
  const madeAt = await stat(join(repository, made)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
  if (Math.max(...changes) > madeAt) await runToEnd(process.execPath, command);
}

/** When the newest file of a folder was changed, or the folder itself: a file that went away counts too. */
async function changedAt(path: string): Promise<number> {
  const { mtimeMs } = await stat(path);
  const below = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const wanted = below.filter((entry) => !/\.test\.tsx?$/.test(entry.name));
  const times = await Promise.all(
    wanted.map(async (entry) => (await stat(join(entry.parentPath, entry.name)).catch(() => ({ mtimeMs: 0 }))).mtimeMs),
  );
  return Math.max(mtimeMs, ...times);
}
