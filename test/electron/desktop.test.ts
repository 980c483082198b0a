import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Desktop, launchDesktop } from './launch.ts';

describe.skipIf(!existsSync('/usr/bin/chromium') || !existsSync('.out/electron/main.js'))(
  'the compiled desktop app',
  () => {
    let home: string;
    let desktop: Desktop;
    const opened: string[] = [];

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'postern-desktop-'));
      desktop = await launchDesktop({
        home,
        openExternal: (url) => void opened.push(url),
        environment: { HOME: home },
      });
    });
    afterAll(async () => {
      await desktop?.close();
      await rm(home, { recursive: true, force: true });
    });

    const corePid = async (): Promise<number> =>
      (JSON.parse(await readFile(join(home, 'core.json'), 'utf8').catch(() => '{"pid":0}')) as { pid: number }).pid;

    test('opens its window on the interface, and a tray', async () => {
      await desktop.page.getByRole('heading').first().waitFor();
      await expect
        .poll(() => desktop.tray(), { timeout: 10_000 })
        .toEqual(['Signed out', 'Sign in…', 'Open Postern', 'Quit Postern']);
    });

    test('a core that is killed is started anew, and the window goes on with it', async () => {
      const before = await corePid();
      expect(before).toBeGreaterThan(0);
      const { page } = desktop;
      await page.evaluate(() => Object.assign(window, { sameWindow: true }));
      process.kill(before, 'SIGKILL');
      await expect.poll(corePid, { timeout: 20_000 }).not.toBe(before);
      await expect.poll(async () => (await desktop.tray())[0], { timeout: 20_000 }).toBe('Signed out');
      await page.getByRole('heading').first().waitFor();
      expect(await page.evaluate(() => 'sameWindow' in window)).toBe(true);
    });

    test('its page goes nowhere; a link to an https host is handed to the browser', async () => {
      const { page } = desktop;
      const address = page.url();
      await page.evaluate(() => {
        window.open('https://docs.example/opened');
        window.location.href = 'https://docs.example/followed';
      });
      await expect
        .poll(() => [...opened].sort(), { timeout: 10_000 })
        .toEqual(['https://docs.example/followed', 'https://docs.example/opened']);
      expect(page.url()).toBe(address);
    });
  },
);
