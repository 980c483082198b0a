import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchDesktop } from '../electron/launch.ts';
import { startPostern } from '../support/postern.ts';
import { openProfile, patienceMs, windowSize } from './browser.ts';
import { installBrowserShim } from './browser-shim.ts';

/** What shows the interface: the specs are the same on each. */
export interface Host {
  name: string;
  /** @param browser stands in for the person's own browser, which the identity provider's page is shown in */
  open(controllerUrl: string, browser: Browser): Promise<OpenHost>;
}

export interface OpenHost {
  page: Page;
  /** POSTERN_HOME */
  home: string;
  kubeconfig: string;
  /** The addresses that the system's browser was asked to open. */
  openedAddresses(): Promise<string[]>;
  close(): Promise<void>;
}

/** `postern ui`: the core in a process of its own, the interface in a browser. */
const browserHost: Host = {
  name: 'browser',
  async open(controllerUrl, browser) {
    await using opened = new AsyncDisposableStack();
    const home = await makeHome(opened);
    const shim = await installBrowserShim(join(home, 'browser'));
    const core = startPostern(['ui', '--controller', controllerUrl, '--no-open', '-o', 'json'], {
      ...shim.env,
      POSTERN_HOME: home,
      HOME: home,
      SHELL: '/bin/bash',
    });
    opened.defer(async () => void (await core.stop()));
    const [line] = await core.until(/^\{.*"url":.*\}$/m);
    const { url, kubeconfig } = JSON.parse(line) as { url: string; kubeconfig: string };
    const profile = await openProfile(browser);
    opened.defer(() => profile.close());
    const page = await profile.newPage();
    await page.goto(url);
    const all = opened.move();
    return { page, home, kubeconfig, openedAddresses: shim.addresses, close: () => all.disposeAsync() };
  },
};

/** The compiled desktop app: in Electron where its runtime is present, else on the stand-in for its module. */
const desktopHost: Host = {
  name: 'desktop',
  async open(controllerUrl) {
    await using opened = new AsyncDisposableStack();
    const home = await makeHome(opened);
    // For what would go past Electron: it finds no browser, and the specs see no address.
    const shim = await installBrowserShim(join(home, 'browser'));
    const addresses: string[] = [];
    const desktop = await launchDesktop({
      controllerUrl,
      home,
      openExternal: (url) => void addresses.push(url),
      environment: { ...shim.env, HOME: home, SHELL: '/bin/bash' },
    });
    opened.defer(() => desktop.close());
    const { page } = desktop;
    page.setDefaultTimeout(patienceMs);
    await page.setViewportSize(windowSize);
    const all = opened.move();
    return {
      page,
      home,
      kubeconfig: join(home, 'kubeconfig.yaml'),
      openedAddresses: async () => addresses,
      close: () => all.disposeAsync(),
    };
  },
};

export const hosts: Host[] = [browserHost, desktopHost];

async function makeHome(opened: AsyncDisposableStack): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'postern-e2e-'));
  // A shell that was just ended may still be writing its history.
  opened.defer(() => rm(home, { recursive: true, force: true, maxRetries: 3 }));
  return home;
}
