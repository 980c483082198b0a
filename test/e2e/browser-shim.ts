import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Stands where the system's browser does: it opens nothing, and notes each address that it was asked to open. */
export interface BrowserShim {
  env: Record<string, string>;
  addresses(): Promise<string[]>;
}

/** @param folder where the shim and its notes are kept */
export async function installBrowserShim(folder: string): Promise<BrowserShim> {
  await mkdir(folder, { recursive: true });
  const notes = join(folder, 'opened');
  const program = join(folder, 'browser');
  const script = `#!/bin/sh\nprintf '%s\\n' "$1" >> '${notes}'\n`;
  // xdg-open reads BROWSER; macOS has no such thing and finds `open` on the PATH.
  for (const path of [program, join(folder, 'open')]) {
    await writeFile(path, script);
    await chmod(path, 0o755);
  }
  return {
    env: {
      BROWSER: program,
      PATH: `${folder}:${process.env.PATH}`,
      // Else xdg-open asks the desktop before it looks at BROWSER.
      XDG_CURRENT_DESKTOP: 'X-Generic',
      DISPLAY: '',
      WAYLAND_DISPLAY: '',
    },
    async addresses() {
      const text = await readFile(notes, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
  };
}
