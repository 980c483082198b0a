import { statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../support/postern.ts';
import { run } from '../support/processes.ts';

interface Output {
  /** The file that is there once it is built. */
  file: string;
  sources: string[];
  command: string[];
}

const outputs: Output[] = [
  {
    file: '.out/renderer/index.html',
    sources: ['renderer', 'proxy-core/contract'],
    command: ['node_modules/vite/bin/vite.js', 'build', '--config', 'renderer/vite.config.ts'],
  },
  {
    file: '.out/electron/main.js',
    sources: ['electron', 'proxy-core'],
    command: ['electron/build.ts'],
  },
];

const buildTimeoutMs = 180_000;

/** Before the specs: builds what was never built, or not since its sources changed. */
export default async function buildOutputs(): Promise<void> {
  for (const output of outputs) if (await isStale(output)) await build(output);
}

async function isStale({ file, sources }: Output): Promise<boolean> {
  const builtAt = statSync(join(repository, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const changes = await Promise.all(sources.map((folder) => newestChange(join(repository, folder))));
  return changes.some((changedAt) => changedAt > builtAt);
}

async function newestChange(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name));
  const times = await Promise.all(files.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs));
  return Math.max(0, ...times);
}

/** In a process of its own: NODE_ENV says `test` in this one, and React would be built for development. */
async function build({ file, command }: Output): Promise<void> {
  const { exitCode, stdout, stderr } = await run(process.execPath, command, {
    cwd: repository,
    env: { NODE_ENV: 'production' },
    timeoutMs: buildTimeoutMs,
  });
  if (exitCode !== 0) throw new Error(`${file} could not be built:\n${stdout}${stderr}`);
}
