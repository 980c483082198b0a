import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Kubectl, kubectlPrograms } from '../support/kubectl.ts';
import { bob, type Organisation, startOrganisation } from '../support/organisation.ts';
import { accessibilityFaults } from './accessibility.ts';
import { hasChromium, launchChromium, smallWindow, windowSize } from './browser.ts';
import { hosts, type OpenHost } from './hosts.ts';
import { clusterCard, goToScreen, signIn, terminalText, typeIntoTerminal } from './interface.ts';
import { PageWatch } from './page-watch.ts';
import { shootScreen } from './screenshots.ts';

/** Each step goes on where the one before it ended, as a first day with Postern does. */
describe.skipIf(!hasChromium || kubectlPrograms.length === 0).each(hosts)('the first use in the $name', (host) => {
  let organisation: Organisation;
  let browser: Browser;
  let opened: OpenHost;
  let watch: PageWatch;

  beforeAll(async () => {
    [organisation, browser] = await Promise.all([startOrganisation('emulated cluster'), launchChromium()]);
    opened = await host.open(organisation.controllerUrl, browser);
    watch = new PageWatch(opened.page);
  });

  afterAll(async () => {
    await opened?.close();
    await browser?.close();
    await organisation?.close();
  });

  afterEach(() => expect(watch.problems.splice(0)).toEqual([]));

  async function showsWell(screen: string): Promise<void> {
    expect(await accessibilityFaults(opened.page)).toEqual([]);
    await shootScreen(opened.page, host.name, screen);
  }

  it('begins with the sign-in to the organisation', async () => {
    const { page } = opened;
    await page.getByRole('heading', { level: 1, name: 'Sign in to acme' }).waitFor();
    await showsWell('sign-in');
  });

  it('offers a code for another device', async () => {
    const { page } = opened;
    await page.getByRole('button', { name: 'Use another device' }).click();
    await page.getByRole('button', { name: /^Copy code: [A-Z]{4}-[A-Z]{4}$/ }).waitFor();
    await showsWell('sign-in-device');
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('signs in on the identity provider’s own page', async () => {
    const { page } = opened;
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Finish signing in in your browser').waitFor();
    await showsWell('sign-in-waiting');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await signIn(opened, browser, bob);
    await page.getByRole('button', { name: /^Account menu, Bob/ }).waitFor();
  });

  it('says on empty screens what to do next', async () => {
    const { page } = opened;
    await goToScreen(page, 'Terminal');
    await page.getByRole('button', { name: 'Open terminal on dev' }).waitFor();
    await showsWell('terminal-empty');
    await goToScreen(page, 'Session log');
    await page.getByText('No sessions yet').waitFor();
    await showsWell('session-log-empty');
    await goToScreen(page, 'Clusters');
  });

  it('lists the clusters with their status and the role held there', async () => {
    const { page } = opened;
    const dev = clusterCard(page, 'dev');
    await dev.getByText('Online', { exact: true }).waitFor();
    await dev.getByText('Emulated', { exact: true }).waitFor();
    await dev.getByText('env=dev', { exact: true }).waitFor();
    await dev.getByRole('button', { name: 'Role on dev: viewer' }).waitFor();
    const prod = clusterCard(page, 'prod');
    await prod.getByText('Online', { exact: true }).waitFor();
    await prod.getByText('as viewer').waitFor();
    await showsWell('clusters');
  });

  it('connects with the role that is chosen, and shows the kubeconfig and a command that works', async () => {
    const { page, kubeconfig, home } = opened;
    const dev = clusterCard(page, 'dev');
    await dev.getByRole('button', { name: 'Role on dev: viewer' }).click();
    await page.getByRole('menuitemradio', { name: /^editor/ }).click();
    await dev.getByRole('button', { name: 'Connect to dev' }).click();
    await dev.getByText('Connected as editor').waitFor();
    await dev.getByRole('button', { name: `Copy kubeconfig path: ${kubeconfig}` }).waitFor();
    const copy = await dev.getByRole('button', { name: /^Copy command: kubectl / }).getAttribute('aria-label');
    const command = copy!.slice('Copy command: kubectl '.length).split(' ');
    expect(command).toContain('acme/dev+editor');
    const answer = await new Kubectl({ kubeconfig, home }).run(command);
    expect(answer).toMatchObject({ exitCode: 0 });
    await showsWell('clusters-connected');
  });

  it('runs kubectl in a terminal on the cluster', async () => {
    const { page } = opened;
    await clusterCard(page, 'dev').getByRole('button', { name: 'Open terminal on dev' }).click();
    await page.getByRole('tab', { name: /dev\+editor/ }).waitFor();
    await typeIntoTerminal(page, 'kubectl get pods -n shop');
    await terminalText(page).getByText('Running').first().waitFor();
    await showsWell('terminal');
  });

  it('shows the command and its requests in the session log, as they happen', async () => {
    const { page } = opened;
    await goToScreen(page, 'Session log');
    const log = page.getByRole('treegrid', { name: 'Commands and requests' });
    const command = log.getByRole('row', { name: /kubectl get pods -n shop/ });
    await command.getByText('Succeeded').waitFor();
    await command.click();
    const request = log.getByRole('row', { name: /list pods in shop/ });
    await request.getByText('200').waitFor();
    await log.getByRole('row', { name: /get \/version/ }).click();
    await page.getByRole('region', { name: 'Decision' }).getByText('Allowed', { exact: true }).waitFor();
    await shootScreen(page, host.name, 'session-log-request');
    await page.getByRole('button', { name: 'Close' }).click();

    const { kubeconfig, home } = opened;
    const watching = new Kubectl({ kubeconfig, context: 'acme/dev+editor', home }).start([
      'get',
      'pods',
      '-n',
      'shop',
      '-w',
    ]);
    try {
      await log.getByRole('row', { name: /^kubectl get pods in shop Running/ }).waitFor();
      await showsWell('session-log');
    } finally {
      await watching.stop('SIGINT');
    }
    await log.getByText('Running').first().waitFor({ state: 'detached' });
  });

  it('shows a denied command as denied, with the grant that it would take', async () => {
    const { page, kubeconfig, home } = opened;
    const denied = await new Kubectl({ kubeconfig, context: 'acme/prod', home }).run([
      'delete',
      'pods',
      '--all',
      '-n',
      'shop',
    ]);
    expect(denied.exitCode).toBe(1);
    await page.getByRole('option', { name: 'prod as viewer, active' }).click();
    const log = page.getByRole('treegrid', { name: 'Commands and requests' });
    const command = log.getByRole('row', { name: /kubectl delete/ });
    await command.getByText('Denied').waitFor();
    await command.click();
    await log.getByRole('row', { name: /403/ }).first().click();
    const decision = page.getByRole('region', { name: 'Decision' });
    await decision.getByText('Denied', { exact: true }).waitFor();
    await decision.getByText(/grant "[^"]+" \(role admin\) would/).waitFor();
    await showsWell('session-log-denied');
    await page.getByRole('button', { name: 'Close' }).click();
  });

  it('opens the command palette with the keyboard, and goes where it is told', async () => {
    const { page } = opened;
    await page.keyboard.press('Control+k');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await shootScreen(page, host.name, 'command-palette');
    await page.getByRole('textbox', { name: 'Command palette' }).fill('settings');
    await shootScreen(page, host.name, 'command-palette-found');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await showsWell('settings');
  });

  it('lists its shortcuts', async () => {
    const { page } = opened;
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Go to session log').waitFor();
    await shootScreen(page, host.name, 'shortcuts');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('fits into a small window', async () => {
    const { page } = opened;
    await page.setViewportSize(smallWindow);
    for (const screen of ['Clusters', 'Terminal', 'Session log', 'Settings'] as const) {
      await goToScreen(page, screen);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow, `${screen} is wider than the window`).toBeLessThanOrEqual(0);
      await showsWell(`small-${screen.toLowerCase().replace(' ', '-')}`);
    }
    await page.setViewportSize(windowSize);
  });

  it('signs out once the person has read what stops, and kubectl is refused from then on', async () => {
    const { page, kubeconfig, home } = opened;
    const kept = join(home, 'kept-copy.yaml');
    await copyFile(kubeconfig, kept);
    await page.getByRole('button', { name: /^Account menu/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/sessions? ends?: .*dev as editor/).waitFor();
    await dialog.getByText('1 terminal loses access').waitFor();
    await dialog.getByText(`removed from ${kubeconfig}`).waitFor();
    await shootScreen(page, host.name, 'sign-out');
    await dialog.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in to acme' }).waitFor();

    const args = ['--context', 'acme/dev', 'get', 'pods', '-n', 'shop'];
    const refused = await new Kubectl({ kubeconfig, home }).run(args);
    expect(refused.exitCode).toBe(1);
    const refusedCopy = await new Kubectl({ kubeconfig: kept, home }).run(args);
    expect(refusedCopy.exitCode).toBe(1);
    expect(refusedCopy.stderr).toContain('You must be logged in to the server');
  });
});
