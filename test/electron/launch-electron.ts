import { _electron } from 'playwright-core';
import type { Desktop, Launch } from './launch.ts';

interface NativeItem {
  label: string;
  type: string;
  submenu?: { items: NativeItem[] };
  click(): void;
}
interface Observed {
  trayMenu?: { items: NativeItem[] };
}

const opened = 'postern-test-open-external ';

/** Runs the compiled app in real Electron. What it would open in a browser and show in the tray is observed from inside. */
export async function launchElectron(executablePath: string, launch: Launch): Promise<Desktop> {
  const app = await _electron.launch({
    executablePath,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), launch.main, ...launch.args],
    env: launch.environment,
  });
  app.on('console', (message) => {
    const text = message.text();
    if (text.startsWith(opened)) void launch.openExternal(text.slice(opened.length));
  });
  await app.evaluate(({ shell, Tray }, prefix) => {
    const seen = globalThis as Observed;
    shell.openExternal = async (url: string) => console.log(prefix + url);
    const { setContextMenu } = Tray.prototype;
    Tray.prototype.setContextMenu = function (menu) {
      seen.trayMenu = menu as unknown as Observed['trayMenu'];
      setContextMenu.call(this, menu);
    };
  }, opened);
  const page = await app.firstWindow();
  return {
    host: 'electron',
    page,
    tray: () =>
      app.evaluate(() => {
        const lines = (items: NativeItem[], indent: string): string[] =>
          items.flatMap(({ label, type, submenu }) =>
            type === 'separator' ? [] : [indent + label, ...lines(submenu?.items ?? [], `${indent}  `)],
          );
        return lines((globalThis as Observed).trayMenu?.items ?? [], '');
      }),
    clickTray: async (label) => {
      const isFound = await app.evaluate((_, wanted) => {
        const find = (items: NativeItem[]): NativeItem | undefined => {
          for (const item of items) {
            if (item.label === wanted && !item.submenu) return item;
            const inner = find(item.submenu?.items ?? []);
            if (inner) return inner;
          }
          return undefined;
        };
        const item = find((globalThis as Observed).trayMenu?.items ?? []);
        item?.click();
        return item !== undefined;
      }, label);
      if (!isFound) throw new Error(`the tray has no entry "${label}"`);
    },
    close: () => app.close(),
  };
}
