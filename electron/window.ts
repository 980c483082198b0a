import { BrowserWindow, nativeTheme, screen } from 'electron';
import { interfaceUrl } from './interface-address.ts';
import { type KeptShellState, visibleBounds } from './kept-shell-state.ts';

interface WindowOptions {
  preload: string;
  icon: string;
  kept: KeptShellState;
  /** @returns whether the window is only hidden when the person closes it */
  closing(): boolean;
  onProblem(error: unknown): void;
}

/** A page that crashes again this soon is closed rather than loaded again. */
const reloadGraceMs = 10_000;

/** The app's window: one page, no Node, no way out. */
export async function createWindow(options: WindowOptions): Promise<BrowserWindow> {
  const { kept } = options;
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    width: 1180,
    height: 780,
    ...visibleBounds(kept.state.bounds, areas),
    minWidth: 480,
    minHeight: 400,
    show: false,
    title: 'Postern',
    icon: options.icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#15181e' : '#ffffff',
    autoHideMenuBar: true,
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      // A terminal behind another window goes on drawing what it is sent; the core counts on its confirmations.
      backgroundThrottling: false,
    },
  });
  if (kept.state.isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', (event) => {
    keepBounds(window, options);
    if (!options.closing()) return;
    event.preventDefault();
    window.hide();
  });
  // The page lost its process, not the core: the sign-in, the tunnel and the terminals are all still there.
  let reloadedAt = Number.NEGATIVE_INFINITY;
  window.webContents.on('render-process-gone', (_, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    options.onProblem(new Error(`the window's process ended: ${reason}`));
    if (performance.now() - reloadedAt < reloadGraceMs) return window.destroy();
    reloadedAt = performance.now();
    window.webContents.reload();
  });
  await window.loadURL(interfaceUrl);
  return window;
}

function keepBounds(window: BrowserWindow, { kept, onProblem }: WindowOptions): void {
  try {
    kept.keep({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() });
  } catch (error) {
    onProblem(error);
  }
}
