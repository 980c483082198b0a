import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type StateFolder, stateFolder } from '../state-folder/index.ts';
import type { Logger } from './surroundings.ts';

export const silent: Logger = pino({ level: process.env.POSTERN_LOG ?? 'silent' });

/** A state folder of its own, gone with the test; kubectl's own file is inside it too. */
export async function temporaryHome(): Promise<{ folder: StateFolder } & AsyncDisposable> {
  const home = await mkdtemp(join(tmpdir(), 'postern-core-'));
  const folder = stateFolder({ POSTERN_HOME: home, KUBECONFIG: join(home, 'kubectl-config') });
  return { folder, [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) };
}
