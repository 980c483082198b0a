import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

const chromiumProgram = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const hasChromium = existsSync(chromiumProgram);
if (!hasChromium) console.info(`There is no Chromium at ${chromiumProgram}: the end-to-end tests are skipped.`);

/** The size of a small laptop's window. */
export const windowSize = { width: 1280, height: 800 };

/** Beside an editor, on half of that screen. */
export const smallWindow = { width: 640, height: 800 };

/** How long a step may take on a busy machine before it counts as failed. */
export const patienceMs = 15_000;

/** The system's Chromium, which speaks to nobody but the pages it is sent to. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumProgram,
    headless: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** One person's browser profile: cookies are theirs alone. */
export async function openProfile(browser: Browser): Promise<BrowserContext> {
  const profile = await browser.newContext({ viewport: windowSize, colorScheme: 'light', reducedMotion: 'reduce' });
  profile.setDefaultTimeout(patienceMs);
  return profile;
}
