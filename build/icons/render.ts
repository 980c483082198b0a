import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** Makes the PNGs of the SVGs with the system's Chromium: `node build/icons/render.ts`. They are committed. */
const icons = [
  { from: 'icon.svg', to: 'icon.png', size: 512 },
  { from: 'icon.svg', to: 'tray.png', size: 32 },
  { from: 'icon.svg', to: 'tray@2x.png', size: 64 },
  { from: 'tray.svg', to: 'trayTemplate.png', size: 18 },
  { from: 'tray.svg', to: 'trayTemplate@2x.png', size: 36 },
];

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  chromiumSandbox: process.getuid?.() !== 0,
  args: ['--disable-gpu'],
});
try {
  const page = await browser.newPage();
  for (const { from, to, size } of icons) {
    const svg = await readFile(join(import.meta.dirname, from), 'utf8');
    await page.setViewportSize({ width: size, height: size });
    await page.setContent(`<style>*{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
    await writeFile(join(import.meta.dirname, to), await page.screenshot({ omitBackground: true }));
  }
} finally {
  await browser.close();
}
