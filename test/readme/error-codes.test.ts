import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorCodes } from '../../proxy-core/contract/errors.ts';
import { repository } from '../support/postern.ts';

test('the README lists every error code with its meaning', async () => {
  const readme = await readFile(join(repository, 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `(POSTERN_\w+)` +\| (.*?) +\|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(Object.fromEntries(rows)).toEqual(errorCodes);
});
