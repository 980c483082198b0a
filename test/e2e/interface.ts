import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { openProfile } from './browser.ts';
import type { OpenHost } from './hosts.ts';

/** Presses Sign in, and does on the identity provider's own page what a person does there. */
export async function signIn(
  { page, openedAddresses }: OpenHost,
  browser: Browser,
  person: { username: string; password: string },
): Promise<void> {
  const before = (await openedAddresses()).length;
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Finish signing in in your browser').waitFor();
  await expect.poll(async () => (await openedAddresses()).length).toBe(before + 1);
  await logInAtIdp((await openedAddresses()).at(-1)!, browser, person);
  await page.getByRole('list', { name: 'Clusters' }).waitFor();
}

async function logInAtIdp(
  url: string,
  browser: Browser,
  { username, password }: { username: string; password: string },
): Promise<void> {
  const profile = await openProfile(browser);
  try {
    const idp = await profile.newPage();
    await idp.goto(url);
    await idp.locator('input[name=username]').fill(username);
    await idp.locator('input[name=password]').fill(password);
    await idp.getByRole('button', { name: 'Sign in' }).click();
    await idp.waitForURL(/\/callback/);
    await idp.getByText(/close this/i).waitFor();
  } finally {
    await profile.close();
  }
}

/** By the navigation, as with a pointer. */
export async function goToScreen(page: Page, title: 'Clusters' | 'Terminal' | 'Session log' | 'Settings') {
  await page.getByRole('navigation').getByRole('link', { name: title, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor({ state: 'attached' });
}

export function clusterCard(page: Page, name: string) {
  return page.getByRole('list', { name: 'Clusters' }).getByRole('listitem', { name, exact: true });
}

/** What a screen reader hears of the shown terminal. */
export function terminalText(page: Page) {
  return page.locator('.xterm-accessibility:visible');
}

/** Types a line into the terminal that is shown, once its shell has prompted for one. */
export async function typeIntoTerminal(page: Page, line: string): Promise<void> {
  await terminalText(page)
    .getByText(/[#$]\s*$/)
    .first()
    .waitFor();
  await page.getByRole('textbox', { name: /^Terminal on/ }).focus();
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}
