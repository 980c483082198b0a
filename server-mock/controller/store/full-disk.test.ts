import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore, type Store } from './open.ts';

let dataDir: string;
let store: Store;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'postern-store-'));
  store = await openStore(dataDir);
});
afterEach(async () => {
  await store.destroy();
  await rm(dataDir, { recursive: true, force: true });
});

const token = (cluster: string) => ({
  hash: cluster,
  cluster,
  created_at: '',
  created_by: '',
  expires_at: '',
  used_at: null,
});
const write = (cluster: string) =>
  store.transaction().execute((transaction) => transaction.insertInto('join_token').values(token(cluster)).execute());

test('a transaction that finds the disk full says so, and the next one works once there is room', async () => {
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(store);
  await sql.raw(`pragma max_page_count = ${rows[0]!.page_count + 2}`).execute(store);
  await expect(write('x'.repeat(100_000))).rejects.toMatchObject({
    code: 'POSTERN_STORE_FAILED',
    message: 'the store failed: database or disk is full',
  });
  await sql.raw('pragma max_page_count = 1000000').execute(store);
  await write('dev');
  expect(await store.selectFrom('join_token').select('cluster').execute()).toEqual([{ cluster: 'dev' }]);
});

test('a transaction that fails otherwise leaves nothing behind', async () => {
  const failed = store.transaction().execute(async (transaction) => {
    await transaction.insertInto('join_token').values(token('dev')).execute();
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(await store.selectFrom('join_token').selectAll().execute()).toEqual([]);
});
