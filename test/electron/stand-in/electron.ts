import { EventEmitter } from 'node:events';
import { call } from './connection.ts';

/** What the desktop shell uses of the `electron` module, so that the compiled main process runs on plain Node. */
export { app } from './app.ts';
export { Menu, Tray } from './menu.ts';
export { MessageChannelMain } from './ports.ts';
export { protocol, session } from './session.ts';
export { utilityProcess } from './utility-process.ts';
export { BrowserWindow, ipcMain } from './window.ts';

export const powerMonitor = new EventEmitter();
export const nativeTheme = { shouldUseDarkColors: false };
export const nativeImage = { createFromPath: () => ({ setTemplateImage: () => undefined }) };
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };
export const clipboard = { writeText: () => undefined };

export const shell = {
  openExternal: (url: string): Promise<void> => call((id) => ({ kind: 'open-external', url, call: id })),
};

interface MessageBox {
  message: string;
  detail?: string;
  cancelId?: number;
}

/** Nobody is there to answer: each question is answered with what stands for cancelling, and shows in the app's output. */
export const dialog = {
  async showMessageBox({ message, detail = '', cancelId = 0 }: MessageBox): Promise<{ response: number }> {
    process.stderr.write(`dialog: ${message} ${detail}\n`);
    return { response: cancelId };
  },
  showErrorBox(title: string, content: string): void {
    process.stderr.write(`dialog: ${title} ${content}\n`);
  },
};

export class Notification extends EventEmitter {
  readonly #text: string;

  constructor({ title, body }: { title: string; body: string }) {
    super();
    this.#text = `${title}: ${body}`;
  }
  static isSupported(): boolean {
    return true;
  }
  show(): void {
    process.stderr.write(`notification: ${this.#text}\n`);
  }
}
