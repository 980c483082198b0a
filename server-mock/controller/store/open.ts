import { chmod, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import { ControllerError } from '../errors.ts';
import { migrate } from './migrations.ts';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';
import type { Tables } from './tables.ts';

export type Store = Kysely<Tables>;

/**
 * Opens the store in `dataDir`, made and migrated as needed. Close it with `destroy()`.
 *
 * @throws {ControllerError} `POSTERN_STORE_FAILED`
 */
export async function openStore(dataDir: string): Promise<Store> {
  const path = join(dataDir, 'controller.sqlite');
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    // Made here, with its mode, before SQLite would make it with the umask's; the WAL and its index inherit it.
    await (await open(path, 'a', 0o600)).close();
    await chmod(path, 0o600);
  } catch (cause) {
    throw new ControllerError('POSTERN_STORE_FAILED', `${path} cannot be opened: ${(cause as Error).message}`, {
      cause,
    });
  }
  const store = new Kysely<Tables>({ dialect: new NodeSqliteDialect(path) });
  try {
    await migrate(store);
  } catch (error) {
    await store.destroy();
    throw error;
  }
  return store;
}
