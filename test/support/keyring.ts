import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface Keyring {
  /** What a process needs in its environment to find this keyring. */
  env: Record<string, string>;
  /** As it is for whoever logs in over SSH. */
  lock(): Promise<void>;
  /** As while it asks its owner for the password: it answers nothing. */
  suspend(): void;
  close(): Promise<void>;
}

/** False where the machine has no Secret Service to start; tests then skip with a line that says so. */
export const hasKeyring = ['dbus-daemon', 'gnome-keyring-daemon'].every(
  (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0,
);

/** Starts a session bus and an unlocked gnome-keyring of their own, with their files in a temporary folder. */
export async function startKeyring(): Promise<Keyring> {
  const home = await mkdtemp(join(tmpdir(), 'postern-keyring-'));
  const env = {
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: home,
    XDG_CONFIG_HOME: join(home, 'config'),
  };
  const children: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      await exited;
    }
    await rm(home, { recursive: true, force: true });
  };
  try {
    const bus = spawn(
      'dbus-daemon',
      ['--session', '--nofork', '--nopidfile', '--print-address=1', `--address=unix:path=${join(home, 'bus')}`],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    children.push(bus);
    const [address] = (await once(bus.stdout, 'data')) as [Buffer];
    const busEnv = { ...env, DBUS_SESSION_BUS_ADDRESS: address.toString().trim() };
    const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: { ...process.env, ...busEnv },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    children.push(daemon);
    // The password of the login keyring, then the end of input.
    daemon.stdin.end('postern');
    await untilServing(busEnv);
    return { env: busEnv, lock: () => lock(busEnv), suspend: () => void daemon.kill('SIGSTOP'), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function lock(env: Record<string, string>): Promise<void> {
  const call = [
    '--session',
    '--print-reply',
    '--dest=org.freedesktop.secrets',
    '/org/freedesktop/secrets',
    'org.freedesktop.Secret.Service.Lock',
    'array:objpath:/org/freedesktop/secrets/collection/login',
  ];
  await promisify(execFile)('dbus-send', call, { env: { ...process.env, ...env } });
}

/** The daemon says nothing in the foreground; the bus knows when it serves. */
async function untilServing(env: Record<string, string>): Promise<void> {
  const question = [
    '--session',
    '--print-reply',
    '--dest=org.freedesktop.DBus',
    '/',
    'org.freedesktop.DBus.NameHasOwner',
    'string:org.freedesktop.secrets',
  ];
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { stdout } = spawnSync('dbus-send', question, { env: { ...process.env, ...env }, encoding: 'utf8' });
    if (stdout.includes('boolean true')) return;
    await delay(100);
  }
  throw new Error('gnome-keyring-daemon does not answer on its bus');
}
