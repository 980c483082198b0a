import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './program.ts';

const electron = join(repository, 'node_modules/electron');
/** Longer than this nobody waits for an app to open. A download that is on its way may take longer, one that stands still not. */
const connectTimeoutMs = 4_000;
const downloadTimeoutMs = 120_000;
const releases = 'https://github.com/electron/electron/releases/';

export type Runtime = { kind: 'present'; program: string } | { kind: 'absent'; reason: string };

/** Electron's own program: as installed, or fetched now with Electron's installer, which checks its checksum. */
export async function electronRuntime(signal: AbortSignal): Promise<Runtime> {
  const display = displayProblem(process.platform, process.env);
  if (display !== undefined) return { kind: 'absent', reason: display };
  const installed = installedProgram();
  if (installed) return { kind: 'present', program: installed };
  if (!(await isReachable(signal)))
    return { kind: 'absent', reason: 'its runtime is not here and cannot be downloaded' };
  process.stdout.write('Fetching the Electron runtime…\n');
  await install(signal);
  const program = installedProgram();
  return program ? { kind: 'present', program } : { kind: 'absent', reason: 'its runtime could not be downloaded' };
}

/** Why no window can be shown, if none can. */
export function displayProblem(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): string | undefined {
  if (platform !== 'linux' || environment.DISPLAY || environment.WAYLAND_DISPLAY) return undefined;
  return 'there is no display';
}

function installedProgram(): string | undefined {
  const pointer = join(electron, 'path.txt');
  if (!existsSync(pointer)) return undefined;
  const program = join(electron, 'dist', readFileSync(pointer, 'utf8').trim());
  return existsSync(program) ? program : undefined;
}

async function isReachable(signal: AbortSignal): Promise<boolean> {
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)]);
    const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror ?? releases;
    return (await fetch(mirror, { method: 'HEAD', signal: bounded })).status < 500;
  } catch {
    return false;
  }
}

function install(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const installer = spawn(process.execPath, [join(electron, 'install.js')], {
      stdio: 'ignore',
      signal: AbortSignal.any([signal, AbortSignal.timeout(downloadTimeoutMs)]),
    });
    // Whether it worked shows in what is there afterwards.
    installer.once('error', () => resolve());
    installer.once('exit', () => resolve());
  });
}
