import type { Page } from 'playwright-core';

export interface DesktopOptions {
  /** `https://HOST:PORT#ca=sha256:…`, as `postern demo` prints it. Default: the one in the state folder's settings, if any. */
  controllerUrl?: string;
  /** `POSTERN_HOME` of the app: all its state. */
  home: string;
  /** Stands for the system browser. Called with each address that the app wants opened there. */
  openExternal: (url: string) => void | Promise<void>;
  /** Added to the app's environment. */
  environment?: Record<string, string>;
}

/** The compiled desktop app, running. */
export interface Desktop {
  /** `electron` where its runtime is present, else `stand-in`. */
  readonly host: 'electron' | 'stand-in';
  /** The app's window. */
  readonly page: Page;
  /** Labels of the tray's menu, top to bottom, submenus indented by two spaces; separators are left out. */
  tray(): Promise<string[]>;
  /** Clicks the tray's entry with this label, in a submenu too. */
  clickTray(label: string): Promise<void>;
  /** Quits the app as its own menu does, and waits until everything it started has ended. Idempotent. */
  close(): Promise<void>;
}

/** Starts `.out/electron/main.js` (see `npm run build`). */
export declare function launchDesktop(options: DesktopOptions): Promise<Desktop>;
