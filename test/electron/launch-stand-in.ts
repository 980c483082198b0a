import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Desktop, Launch } from './launch.ts';
import type { FromApp, MenuLine, ToApp } from './stand-in/messages.ts';
import { PageHost } from './stand-in/page-host.ts';

const register = fileURLToPath(new URL('./stand-in/register.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;

/** Runs the compiled main process on plain Node, with the stand-in for `electron` and a page of the system's Chromium. */
export async function launchStandIn({ main, args, environment, openExternal }: Launch): Promise<Desktop> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    chromiumSandbox: !isRoot,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const app = fork(main, args, {
    execArgv: ['--import', register],
    env: environment,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const ended = once(app, 'exit');
  let output = '';
  app.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-20_000);
  });
  const tell = (message: ToApp): void => {
    if (app.connected) app.send(message);
  };
  const host = new PageHost(browser, tell);
  let created: Promise<void> = Promise.resolve();
  let tray: MenuLine[] = [];

  const finish = async (call: number, work: () => unknown): Promise<void> => {
    try {
      await work();
      tell({ kind: 'result', call, error: null });
    } catch (error) {
      tell({ kind: 'result', call, error: error instanceof Error ? error.message : String(error) });
    }
  };

  const loaded = new Promise<void>((resolve, reject) => {
    ended.then(([code]) => reject(new Error(`the app ended with ${code} before its window was there:\n${output}`)));
    app.on('message', (received) => {
      const message = received as FromApp;
      switch (message.kind) {
        case 'create-window':
          created = host.create(message);
          created.catch(reject);
          break;
        case 'load':
          void finish(message.call, async () => {
            await created;
            await host.load(message.url).catch((error: unknown) => {
              reject(error);
              throw error;
            });
            resolve();
          });
          break;
        case 'reload':
          void host.reload();
          break;
        case 'close-window':
          void host.close();
          break;
        case 'open-external':
          void finish(message.call, () => openExternal(message.url));
          break;
        case 'tray':
          tray = message.entries;
          break;
        default:
          host.hear(message);
      }
    });
  });

  const close = async (): Promise<void> => {
    tell({ kind: 'quit' });
    await ended;
    await browser.close();
  };
  try {
    await loaded;
  } catch (error) {
    await close();
    throw error;
  }
  const { page } = host;
  if (!page) throw new Error('the window has no page');
  return {
    host: 'stand-in',
    page,
    tray: async () => lines(tray, ''),
    clickTray: async (label) => {
      if (!lines(tray, '').some((line) => line.trim() === label)) throw new Error(`the tray has no entry "${label}"`);
      tell({ kind: 'click-tray', label });
    },
    close,
  };
}

function lines(entries: MenuLine[], indent: string): string[] {
  return entries.flatMap((entry) =>
    entry.isSeparator ? [] : [indent + entry.label, ...lines(entry.entries, `${indent}  `)],
  );
}
