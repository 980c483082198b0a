import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openStore } from './open.ts';

test('a store that a newer controller has used is refused as that, not as a broken one', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'postern-store-'));
  const store = await openStore(dataDir);
  await sql`insert into kysely_migration values ('9999-later', '2026-01-01T00:00:00.000Z')`.execute(store);
  await store.destroy();
  await expect(openStore(dataDir)).rejects.toMatchObject({
    code: 'POSTERN_STORE_FAILED',
    message: 'a newer controller has used the store (9999-later)',
    hint: expect.stringContaining('run that version again'),
  });
  await rm(dataDir, { recursive: true, force: true });
});
