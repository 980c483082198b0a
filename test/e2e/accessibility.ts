import type { Page } from 'playwright-core';

/** What a person who listens to the page cannot do without, and this page lacks: one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const snapshot = await page.locator('body').ariaSnapshot();
  const faults: string[] = [];
  for (const line of snapshot.split('\n')) {
    // A named one reads `- button "Sign in"`.
    const nameless = /^\s*- (button|link|textbox|searchbox|combobox|tab|menuitem)(?! ")(?=[ :]|$)/.exec(line);
    if (nameless) faults.push(`a ${nameless[1]} without a name: ${line.trim()}`);
  }
  const pictures = await page.locator('img:not([alt])').count();
  if (pictures > 0) faults.push(`${pictures} pictures without a text`);
  const headings = await page.locator('h1:visible').count();
  if (headings !== 1) faults.push(`${headings} headings of the first level`);
  const mains = await page.getByRole('main').count();
  if (mains !== 1) faults.push(`${mains} main landmarks`);
  if (!(await page.locator('html').getAttribute('lang'))) faults.push('the page does not say its language');
  if (!(await page.title())) faults.push('the page has no title');
  return faults;
}
