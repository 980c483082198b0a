import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { agentState, type StateStore } from './agent-state.ts';
import { AgentError } from './errors.ts';

const fileName = 'agent.json';

/** Keeps the state in one file of mode 0600, replaced as a whole and on disk before it counts. */
export function stateFolder(folder: string): StateStore {
  const path = join(folder, fileName);
  return {
    async read() {
      try {
        return agentState.parse(JSON.parse(await readFile(path, 'utf8')));
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new AgentError('POSTERN_STATE_UNREADABLE', `${path} cannot be read`, {
          cause,
          hint: 'restore it, or remove it and import the cluster again',
        });
      }
    },
    async write(state) {
      const temporary = `${path}.new`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await rm(temporary, { force: true });
        const file = await open(temporary, 'wx', 0o600);
        try {
          await file.writeFile(JSON.stringify(state, null, 2));
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(temporary, path);
      } catch (cause) {
        throw new AgentError('POSTERN_STATE_UNWRITABLE', `${path} cannot be written: ${reason(cause)}`, {
          cause,
          hint: 'check the free space and the permissions of the folder',
        });
      }
    },
  };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
