import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hear } from './connection.ts';

/** An event that a listener may prevent. */
export class Preventable {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

type Closable = { close(): void; isDestroyed(): boolean };

/** Electron's `app`. */
class App extends EventEmitter {
  readonly isPackaged = false;
  readonly windows = new Set<Closable>();
  readonly #paths = new Map<string, string>();
  #lock: string | undefined;

  setName(): void {}
  enableSandbox(): void {}
  setAsDefaultProtocolClient(): boolean {
    return true;
  }
  setPath(name: string, path: string): void {
    this.#paths.set(name, path);
  }
  getPath(name: string): string {
    return this.#paths.get(name) ?? '';
  }
  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  requestSingleInstanceLock(): boolean {
    mkdirSync(this.getPath('userData'), { recursive: true });
    const lock = join(this.getPath('userData'), 'stand-in.lock');
    if (isHeld(lock)) return false;
    writeFileSync(lock, String(process.pid));
    this.#lock = lock;
    return true;
  }

  quit(): void {
    this.emit('before-quit', new Preventable());
    for (const window of this.windows) {
      window.close();
      if (!window.isDestroyed()) return;
    }
    const event = new Preventable();
    this.emit('will-quit', event);
    if (!event.defaultPrevented) this.exit(0);
  }

  exit(code = 0): void {
    if (this.#lock) rmSync(this.#lock, { force: true });
    process.exit(code);
  }
}

function isHeld(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch {
    return false;
  }
}

export const app = new App();
hear('quit', () => app.quit());
// The launcher is gone, however that came about: nothing of the app may stay behind.
process.on('disconnect', () => app.quit());
