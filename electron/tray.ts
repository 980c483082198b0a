import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron';
import type { TrayAction, TrayEntry } from './tray-menu.ts';

export interface PosternTray {
  show(entries: TrayEntry[], toolTip: string): void;
  close(): void;
}

/**
 * The icon in the system's tray.
 *
 * @param icon a PNG; on macOS a template image (`…Template.png`), which follows the menu bar's colour
 */
export function createTray(icon: string, act: (action: TrayAction) => void): PosternTray {
  const image = nativeImage.createFromPath(icon);
  if (process.platform === 'darwin') image.setTemplateImage(true);
  const tray = new Tray(image);
  tray.on('click', () => act({ kind: 'open' }));
  let shown = '';
  return {
    show(entries, toolTip) {
      // A new menu closes an open one on some desktops.
      const next = JSON.stringify([entries, toolTip]);
      if (next === shown) return;
      shown = next;
      tray.setToolTip(toolTip);
      tray.setContextMenu(Menu.buildFromTemplate(entries.map((entry) => menuItem(entry, act))));
    },
    close: () => tray.destroy(),
  };
}

function menuItem(entry: TrayEntry, act: (action: TrayAction) => void): MenuItemConstructorOptions {
  switch (entry.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'text':
      return { label: entry.label, enabled: false };
    case 'action':
      return { label: entry.label, click: () => act(entry.action) };
    case 'submenu':
      return { label: entry.label, submenu: entry.entries.map((inner) => menuItem(inner, act)) };
    default:
      return entry satisfies never;
  }
}
