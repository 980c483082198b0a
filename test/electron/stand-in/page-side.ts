import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';

/** What the page's half of the stand-in says. */
export type FromPage =
  | { kind: 'started' }
  | { kind: 'ipc'; channel: string; data: unknown[]; url: string }
  | { kind: 'port-message'; port: number; data: unknown }
  | { kind: 'port-closed'; port: number };

/** And what it is told. */
export type ToPage =
  | { kind: 'ipc'; channel: string; data: unknown; ports: number[] }
  | { kind: 'port-message'; port: number; data: unknown }
  | { kind: 'port-closed'; port: number };

/**
 * Puts the compiled preload script into each page of a context, with an `electron` whose ports and messages go through the
 * launcher. It runs in the page's own world: Chromium's isolated worlds cannot be had from outside for a script that comes first.
 */
export async function installPreload(
  context: BrowserContext,
  preload: string,
  hear: (page: Page, message: FromPage) => void,
): Promise<void> {
  await context.exposeBinding('posternStandIn', ({ page }, message: FromPage) => hear(page, message));
  const source = await readFile(preload, 'utf8');
  await context.addInitScript({
    content: `if (window === window.top && location.protocol === 'http:') {
      (function (require, module, exports) {\n${source}\n})((${electronOfPage.toString()})(), { exports: {} }, {});
    }`,
  });
}

/** Hands messages to a page in their order, many at a time. */
export class PageInbox {
  readonly #page: Page;
  #waiting: ToPage[] = [];
  #isDelivering = false;

  constructor(page: Page) {
    this.#page = page;
  }

  put(message: ToPage): void {
    this.#waiting.push(message);
    if (!this.#isDelivering) void this.#deliver();
  }

  async #deliver(): Promise<void> {
    this.#isDelivering = true;
    while (this.#waiting.length > 0) {
      const messages = this.#waiting;
      this.#waiting = [];
      await this.#page
        .evaluate((batch) => (window as unknown as StandInWindow).posternDeliver(batch), messages)
        // The page was closed or loaded anew meanwhile: its ports are gone with it.
        .catch(() => undefined);
    }
    this.#isDelivering = false;
  }
}

interface StandInWindow {
  posternStandIn(message: FromPage): Promise<void>;
  posternDeliver(messages: ToPage[]): void;
}

/** Runs in the page, as text: it may use nothing from this module. */
function electronOfPage(): (name: string) => unknown {
  const host = window as unknown as StandInWindow;
  const listeners = new Map<string, ((event: { ports: MessagePort[] }, data: unknown) => void)[]>();
  const ports = new Map<number, MessagePort>();
  const say = (message: FromPage): void => void host.posternStandIn(message);

  const openPort = (port: number): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    ports.set(port, port1);
    port1.addEventListener('message', ({ data }) => say({ kind: 'port-message', port, data }));
    port1.addEventListener('close', () => {
      if (ports.delete(port)) say({ kind: 'port-closed', port });
    });
    port1.start();
    return port2;
  };

  host.posternDeliver = (messages) => {
    for (const message of messages) {
      if (message.kind === 'ipc') {
        const event = { ports: message.ports.map(openPort) };
        for (const listener of listeners.get(message.channel) ?? []) listener(event, message.data);
      } else if (message.kind === 'port-message') ports.get(message.port)?.postMessage(message.data);
      else {
        ports.get(message.port)?.close();
        ports.delete(message.port);
      }
    }
  };
  say({ kind: 'started' });

  const ipcRenderer = {
    on: (channel: string, listener: (event: { ports: MessagePort[] }, data: unknown) => void) =>
      void listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
    send: (channel: string, ...data: unknown[]) => say({ kind: 'ipc', channel, data, url: location.href }),
  };
  return (name) => {
    if (name !== 'electron') throw new Error(`a sandboxed preload script cannot load ${name}`);
    return { ipcRenderer };
  };
}
