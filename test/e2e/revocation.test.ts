import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alice, bob, type Organisation, startOrganisation } from '../support/organisation.ts';
import { Workstation } from '../support/postern.ts';
import { hasChromium, launchChromium } from './browser.ts';
import { hosts, type OpenHost } from './hosts.ts';
import { signIn } from './interface.ts';
import { PageWatch } from './page-watch.ts';
import { shootScreen } from './screenshots.ts';

/** From the administrator's Enter key to the other person's screen. */
const withinMs = 5_000;

describe.skipIf(!hasChromium).each(hosts)('a revocation, seen in the $name', (host) => {
  let organisation: Organisation;
  let browser: Browser;
  let administrator: Workstation;
  let opened: OpenHost;

  beforeAll(async () => {
    [organisation, browser] = await Promise.all([startOrganisation('emulated cluster'), launchChromium()]);
    administrator = await Workstation.start(organisation.controllerUrl);
    await administrator.signIn(alice);
    opened = await host.open(organisation.controllerUrl, browser);
  });

  afterAll(async () => {
    await opened?.close();
    await administrator?.close();
    await browser?.close();
    await organisation?.close();
  });

  it('sends the person to the sign-in within seconds, and says why', async () => {
    const { page } = opened;
    const watch = new PageWatch(page);
    await signIn(opened, browser, bob);
    await administrator.json(['admin', 'revoke', 'user', bob.username]);
    await page.getByRole('alert').getByText('Your access was revoked').waitFor({ timeout: withinMs });
    await page.getByRole('heading', { level: 1, name: 'Sign in to acme' }).waitFor();
    await shootScreen(page, host.name, 'sign-in-revoked');
    expect(watch.problems).toEqual([]);
  });
});
