import type { MenuItemConstructorOptions } from 'electron';

interface ApplicationMenuOptions {
  platform: NodeJS.Platform;
  /** Developer tools are for the unpackaged app only. */
  isPackaged: boolean;
  openWindow(): void;
  quit(): void;
}

/** The menu bar (macOS) or the window's menu: what the platform's users expect, and what keeps the editing shortcuts alive. */
export function applicationMenu(options: ApplicationMenuOptions): MenuItemConstructorOptions[] {
  const isMac = options.platform === 'darwin';
  const quit: MenuItemConstructorOptions = {
    label: isMac ? 'Quit Postern' : 'Quit',
    accelerator: 'CommandOrControl+Q',
    click: options.quit,
  };
  const application: MenuItemConstructorOptions = {
    label: 'Postern',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      quit,
    ],
  };
  return [
    ...(isMac ? [application] : []),
    {
      label: 'File',
      submenu: [
        { label: 'Open window', click: options.openWindow },
        { role: 'close', label: 'Close window' },
        ...(isMac ? [] : [{ type: 'separator' } as const, quit]),
      ],
    },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'reload' },
        ...(options.isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
  ];
}
