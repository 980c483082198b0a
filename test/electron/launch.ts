import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchElectron } from './launch-electron.ts';
import { launchStandIn } from './launch-stand-in.ts';

export interface DesktopOptions {
  /** `https://HOST:PORT#ca=sha256:…`, as `postern demo` prints it. Default: the one in the state folder's settings, if any. */
  controllerUrl?: string;
  /** `POSTERN_HOME` of the app: all its state. */
  home: string;
  /** Stands for the system browser. Called with each address that the app wants opened there. */
  openExternal: (url: string) => void | Promise<void>;
  /** Added to the app's environment, which has no way to a keychain unless it is given one here. */
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

/** What a launcher is given: the compiled app and how to start it. */
export interface Launch {
  main: string;
  args: string[];
  environment: Record<string, string>;
  openExternal: DesktopOptions['openExternal'];
}

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Starts `.out/electron/main.js` (see `npm run build`), in real Electron where its runtime is present. */
export function launchDesktop(options: DesktopOptions): Promise<Desktop> {
  const main = `${repository}.out/electron/main.js`;
  if (!existsSync(main)) throw new Error('the desktop app is not compiled; run `npm run build` first');
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) environment[name] = value;
  const launch: Launch = {
    main,
    args: options.controllerUrl === undefined ? [] : [`--controller=${options.controllerUrl}`],
    environment: {
      ...environment,
      // No test may touch the keyring of whoever runs it.
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/postern-tests',
      ...options.environment,
      POSTERN_HOME: options.home,
    },
    openExternal: options.openExternal,
  };
  const runtime = `${repository}node_modules/electron/dist/electron`;
  return existsSync(runtime) ? launchElectron(runtime, launch) : launchStandIn(launch);
}
