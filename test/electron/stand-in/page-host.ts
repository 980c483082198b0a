import type { Browser, BrowserContext, Frame, Page, Request, Route } from 'playwright-core';
import type { FromApp, ToApp } from './messages.ts';
import { type FromPage, installPreload, PageInbox } from './page-side.ts';

/** Stands for `app://postern` in Chromium, which knows no such scheme: a secure context, answered by the app and never by a network. */
const pageOrigin = 'http://app.postern.localhost';
const appOrigin = 'app://postern';
/** How the interface finds out that it is in the desktop app (renderer/main.tsx), as the bundler writes it. */
const hostQuestion = /(\.location\.protocol\s*={2,3}\s*)(["'`])app:\2/;

type Created = Extract<FromApp, { kind: 'create-window' }>;
interface Answer {
  status: number;
  headers: [string, string][];
  body: Uint8Array;
}

/** The window's side of the stand-in: a page of Chromium for the app's window. */
export class PageHost {
  readonly #browser: Browser;
  readonly #tell: (message: ToApp) => void;
  readonly #requests = new Map<number, (answer: Answer) => void>();
  readonly #ports = new Set<number>();
  #lastRequest = 0;
  #window = 0;
  #context: BrowserContext | undefined;
  #inbox: PageInbox | undefined;
  #askedForHost = false;
  page: Page | undefined;

  constructor(browser: Browser, tell: (message: ToApp) => void) {
    this.#browser = browser;
    this.#tell = tell;
  }

  async create({ window, preload, clipboard }: Created): Promise<void> {
    this.#window = window;
    this.#context = await this.#browser.newContext({ viewport: { width: 1180, height: 780 } });
    if (clipboard) await this.#context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: pageOrigin });
    await installPreload(this.#context, preload, (page, message) => {
      if (page === this.page) this.#hear(message);
    });
    await this.#context.route('**/*', (route) => this.#answer(route));
    this.page = await this.#context.newPage();
    this.page.on('popup', (popup) => void popup.close());
    this.#inbox = new PageInbox(this.page);
  }

  async load(url: string): Promise<void> {
    await this.page?.goto(url.replace(appOrigin, pageOrigin));
    if (!this.#askedForHost)
      throw new Error('the interface asks for its host in a way that the stand-in does not know');
  }

  async reload(): Promise<void> {
    await this.page?.reload();
  }

  async close(): Promise<void> {
    this.#losePorts();
    await this.#context?.close();
  }

  hear(message: Extract<FromApp, { kind: 'to-page' | 'protocol-response' | 'port-message' | 'port-closed' }>): void {
    switch (message.kind) {
      case 'to-page':
        for (const port of message.ports) this.#ports.add(port);
        this.#inbox?.put({ kind: 'ipc', channel: message.channel, data: message.data, ports: message.ports });
        break;
      case 'protocol-response':
        this.#requests.get(message.request)?.(message);
        this.#requests.delete(message.request);
        break;
      case 'port-closed':
        this.#ports.delete(message.port);
        this.#inbox?.put(message);
        break;
      case 'port-message':
        this.#inbox?.put(message);
        break;
      default:
        message satisfies never;
    }
  }

  #hear(message: FromPage): void {
    switch (message.kind) {
      case 'started':
        this.#losePorts();
        break;
      case 'ipc': {
        const { channel, data, url } = message;
        this.#tell({ kind: 'from-page', window: this.#window, channel, data, url: url.replace(pageOrigin, appOrigin) });
        break;
      }
      case 'port-closed':
        this.#ports.delete(message.port);
        this.#tell(message);
        break;
      case 'port-message':
        this.#tell(message);
        break;
      default:
        message satisfies never;
    }
  }

  /** A page that goes takes its ports with it. */
  #losePorts(): void {
    for (const port of this.#ports) this.#tell({ kind: 'port-closed', port });
    this.#ports.clear();
  }

  async #answer(route: Route): Promise<void> {
    const request = route.request();
    const url = request.url();
    if (new URL(url).origin !== pageOrigin) {
      if (request.isNavigationRequest()) this.#reportNavigation(frameOf(request), url);
      return route.abort();
    }
    const { status, headers, body } = await this.#ask(request.method(), url.replace(pageOrigin, appOrigin));
    await route.fulfill({ status, headers: Object.fromEntries(headers), body: this.#forPage(url, Buffer.from(body)) });
  }

  #reportNavigation(frame: Frame | undefined, url: string): void {
    if (frame && frame.page() === this.page)
      this.#tell({ kind: 'navigate', window: this.#window, url, isMainFrame: frame.parentFrame() === null });
    else this.#tell({ kind: 'open-window', window: this.#window, url });
  }

  #ask(method: string, url: string): Promise<Answer> {
    const request = ++this.#lastRequest;
    return new Promise((resolve) => {
      this.#requests.set(request, resolve);
      this.#tell({ kind: 'protocol-request', request, method, url });
    });
  }

  #forPage(url: string, body: Buffer): Buffer {
    if (!url.endsWith('.js')) return body;
    const text = body.toString();
    if (!hostQuestion.test(text)) return body;
    this.#askedForHost = true;
    return Buffer.from(text.replace(hostQuestion, '$1$2http:$2'));
  }
}

/** @returns undefined for the first request of a page that is only just being made */
function frameOf(request: Request): Frame | undefined {
  try {
    return request.frame();
  } catch {
    return undefined;
  }
}
