import { EventEmitter } from 'node:events';
import { hear, tell } from './connection.ts';
import type { MenuLine } from './messages.ts';

interface Template {
  label?: string;
  type?: string;
  role?: string;
  click?(): void;
  submenu?: Template[];
}

/** Electron's `Menu`, as far as it is built from templates. */
export class Menu {
  readonly items: Template[];

  constructor(items: Template[]) {
    this.items = items;
  }
  static buildFromTemplate(template: Template[]): Menu {
    return new Menu(template);
  }
  static setApplicationMenu(): void {}
}

let shown = new Menu([]);

/** Electron's `Tray`; the last menu that was set is the one the launcher reads and clicks. */
export class Tray extends EventEmitter {
  setToolTip(): void {}
  setContextMenu(menu: Menu): void {
    shown = menu;
    tell({ kind: 'tray', entries: lines(menu.items) });
  }
  destroy(): void {}
}

hear('click-tray', ({ label }) => find(shown.items, label)?.click?.());

function lines(items: Template[]): MenuLine[] {
  return items.map(({ label = '', type, submenu = [] }) => ({
    label,
    isSeparator: type === 'separator',
    entries: lines(submenu),
  }));
}

function find(items: Template[], label: string): Template | undefined {
  for (const item of items) {
    if (item.label === label && item.click) return item;
    const inner = find(item.submenu ?? [], label);
    if (inner) return inner;
  }
  return undefined;
}
