import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { repository } from '../support/postern.ts';

const folder = join(repository, 'test-results', 'screenshots');
const schemes = ['light', 'dark'] as const;

/** Writes `test-results/screenshots/<host>/<screen>-<scheme>.png`, light and dark. */
export async function shootScreen(page: Page, host: string, screen: string): Promise<void> {
  await mkdir(join(folder, host), { recursive: true });
  for (const colorScheme of schemes.toReversed()) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor({ state: 'attached' });
    await page.screenshot({ path: join(folder, host, `${screen}-${colorScheme}.png`), animations: 'disabled' });
  }
}
