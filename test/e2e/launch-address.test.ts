import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postern, startPostern } from '../support/postern.ts';
import type { Running } from '../support/processes.ts';
import { accessibilityFaults } from './accessibility.ts';
import { hasChromium, launchChromium, openProfile } from './browser.ts';
import { installBrowserShim } from './browser-shim.ts';
import { shootScreen } from './screenshots.ts';

describe.skipIf(!hasChromium)('the address that postern ui prints', () => {
  let browser: Browser;
  let home: string;
  let core: Running;
  let env: Record<string, string>;
  let url: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'postern-e2e-'));
    const shim = await installBrowserShim(join(home, 'browser'));
    env = { ...shim.env, POSTERN_HOME: home, HOME: home };
    core = startPostern(['ui', '--no-open', '-o', 'json'], env);
    const [[line]] = await Promise.all([
      core.until(/^\{.*"url":.*\}$/m),
      launchChromium().then((launched) => (browser = launched)),
    ]);
    url = (JSON.parse(line) as { url: string }).url;
  });

  afterAll(async () => {
    await browser?.close();
    await core?.stop();
    await rm(home, { recursive: true, force: true });
  });

  it('opens the interface once, which a reload keeps open', async () => {
    await using profile = await openProfile(browser);
    const page = await profile.newPage();
    await page.goto(url);
    await page.getByRole('heading', { level: 1, name: 'Sign in to Postern' }).waitFor();
    expect(page.url()).not.toContain('launch');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Sign in to Postern' }).waitFor();
  });

  it('says so where it was used already, and how to get another', async () => {
    await using profile = await openProfile(browser);
    const page = await profile.newPage();
    const answer = await page.goto(url);
    expect(answer?.status()).toBe(410);
    await page.getByRole('heading', { name: 'This address has been used' }).waitFor();
    await page.getByText('postern ui').waitFor();

    const another = await postern(['ui', '--no-open', '-o', 'json'], { env });
    await page.goto((JSON.parse(another.stdout) as { url: string }).url);
    await page.getByRole('heading', { level: 1, name: 'Sign in to Postern' }).waitFor();
  });

  it('asks on a first run for the controller, and says what is wrong with one that does not answer', async () => {
    await using profile = await openProfile(browser);
    const page = await profile.newPage();
    const another = await postern(['ui', '--no-open', '-o', 'json'], { env });
    await page.goto((JSON.parse(another.stdout) as { url: string }).url);
    await page.getByLabel('Controller URL').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await shootScreen(page, 'browser', 'first-run');
    await page.getByLabel('Controller URL').fill('https://127.0.0.1:9');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('The controller cannot be reached').waitFor();
    await alert.getByText('POSTERN_CONTROLLER_UNREACHABLE').waitFor();
    await shootScreen(page, 'browser', 'sign-in-failed');
  });

  it('shows a stranger nothing', async () => {
    await using profile = await openProfile(browser);
    const page = await profile.newPage();
    const answer = await page.goto(new URL('/', url).href);
    expect(answer?.status()).toBe(401);
    await page.getByRole('heading', { name: 'Open Postern from the command line' }).waitFor();
  });

  it('is needed anew once the core has stopped, which an open page says with what to do', async () => {
    await using profile = await openProfile(browser);
    const page = await profile.newPage();
    const another = await postern(['ui', '--no-open', '-o', 'json'], { env });
    await page.goto((JSON.parse(another.stdout) as { url: string }).url);
    await page.getByRole('heading', { level: 1, name: 'Sign in to Postern' }).waitFor();
    await core.stop();
    await page.getByText('this page cannot follow it').waitFor();
    await page.getByRole('button', { name: 'Copy command: postern ui' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await shootScreen(page, 'browser', 'core-stopped');
  });
});
