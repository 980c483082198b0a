import type { BrowserWindow, MessagePortMain, WebContents } from 'electron';

interface MainWindowOptions {
  create(): Promise<BrowserWindow>;
  onProblem(error: unknown): void;
}

/** The one window: made when first wanted, hidden when closed, made anew when it is gone. */
export class MainWindow {
  readonly #options: MainWindowOptions;
  readonly #contents = new Set<WebContents>();
  #creating: Promise<void> | undefined;
  #window: BrowserWindow | undefined;

  constructor(options: MainWindowOptions) {
    this.#options = options;
  }

  /** The pages that messages are taken from. */
  get contents(): ReadonlySet<WebContents> {
    return this.#contents;
  }

  /** To be called for each page that is made, before it loads anything. */
  adopt(contents: WebContents): void {
    this.#contents.add(contents);
    contents.once('destroyed', () => this.#contents.delete(contents));
  }

  show(): void {
    const window = this.#window;
    if (window && !window.isDestroyed()) {
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
      return;
    }
    this.#creating ??= this.#create();
  }

  async #create(): Promise<void> {
    try {
      this.#window = await this.#options.create();
    } catch (error) {
      this.#options.onProblem(error);
    } finally {
      this.#creating = undefined;
    }
  }
}

const takers = new WeakMap<WebContents, (port: MessagePortMain) => void>();

/** Hands ports over to a page; the same function for the same page, so that asking twice counts once. */
export function portTaker(contents: WebContents): (port: MessagePortMain) => void {
  const known = takers.get(contents);
  if (known) return known;
  const take = (port: MessagePortMain): void => {
    if (contents.isDestroyed()) port.close();
    else contents.postMessage('postern:port', null, [port]);
  };
  takers.set(contents, take);
  return take;
}
