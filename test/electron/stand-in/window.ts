import { EventEmitter } from 'node:events';
import { app, Preventable } from './app.ts';
import { call, hear, pagePorts, tell } from './connection.ts';
import type { MessagePortMain } from './ports.ts';
import { defaultSession, type Session } from './session.ts';

type WindowOpenHandler = (details: { url: string }) => { action: 'deny' | 'allow' };

export class WebContents extends EventEmitter {
  readonly session: Session = defaultSession;
  readonly mainFrame = { url: '' };
  readonly #window: number;
  #onWindowOpen: WindowOpenHandler = () => ({ action: 'allow' });
  isGone = false;

  constructor(window: number) {
    super();
    this.#window = window;
  }

  setWindowOpenHandler(handler: WindowOpenHandler): void {
    this.#onWindowOpen = handler;
  }
  openWindow(url: string): void {
    if (this.#onWindowOpen({ url }).action !== 'deny') throw new Error(`the app let a window open at ${url}`);
  }
  postMessage(channel: string, data: unknown, ports: MessagePortMain[] = []): void {
    const given = ports.map((port) => pagePorts.give(port.transfer()));
    tell({ kind: 'to-page', window: this.#window, channel, data, ports: given });
  }
  reload(): void {
    tell({ kind: 'reload', window: this.#window });
  }
  isDestroyed(): boolean {
    return this.isGone;
  }
}

interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface WindowOptions extends Partial<Bounds> {
  webPreferences: { preload: string; contextIsolation: boolean; sandbox: boolean; nodeIntegration: boolean };
}

const windows = new Map<number, BrowserWindow>();
let lastWindow = 0;

/** Electron's `BrowserWindow` over a page of a real Chromium, which the launcher has. */
export class BrowserWindow extends EventEmitter {
  readonly id = ++lastWindow;
  readonly webContents = new WebContents(this.id);
  #bounds: Bounds;
  #isMaximized = false;

  constructor(options: WindowOptions) {
    super();
    const { x = 0, y = 0, width = 800, height = 600, webPreferences } = options;
    if (!webPreferences.contextIsolation || !webPreferences.sandbox || webPreferences.nodeIntegration)
      throw new Error('a window must be isolated, sandboxed and without Node');
    this.#bounds = { x, y, width, height };
    windows.set(this.id, this);
    app.windows.add(this);
    app.emit('web-contents-created', {}, this.webContents);
    const clipboard = defaultSession.allows('clipboard-sanitized-write', 'app://postern/');
    tell({ kind: 'create-window', window: this.id, preload: webPreferences.preload, clipboard });
  }

  async loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = url;
    await call((id) => ({ kind: 'load', window: this.id, url, call: id }));
    this.emit('ready-to-show');
  }

  close(): void {
    const event = new Preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (!windows.delete(this.id)) return;
    app.windows.delete(this);
    this.webContents.isGone = true;
    tell({ kind: 'close-window', window: this.id });
    this.webContents.emit('destroyed');
    this.emit('closed');
    if (windows.size === 0) app.emit('window-all-closed');
  }

  isDestroyed(): boolean {
    return !windows.has(this.id);
  }
  show(): void {}
  hide(): void {}
  focus(): void {}
  restore(): void {}
  isMinimized(): boolean {
    return false;
  }
  maximize(): void {
    this.#isMaximized = true;
  }
  isMaximized(): boolean {
    return this.#isMaximized;
  }
  getNormalBounds(): Bounds {
    return this.#bounds;
  }
}

/** Electron's `ipcMain`. */
export const ipcMain = new EventEmitter();

hear('from-page', ({ window, channel, data, url }) => {
  const contents = windows.get(window)?.webContents;
  if (!contents) return;
  contents.mainFrame.url = url;
  ipcMain.emit(channel, { sender: contents, senderFrame: contents.mainFrame }, ...data);
});
hear('navigate', ({ window, url, isMainFrame }) => {
  const event = Object.assign(new Preventable(), { url, isMainFrame });
  windows.get(window)?.webContents.emit('will-frame-navigate', event);
  if (!event.defaultPrevented) throw new Error(`the app let its window navigate to ${url}`);
});
hear('open-window', ({ window, url }) => windows.get(window)?.webContents.openWindow(url));
