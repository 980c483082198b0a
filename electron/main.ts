import { join } from 'node:path';
import {
  app,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  Notification,
  powerMonitor,
  protocol,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { stderrLogger } from '../proxy-core/core/logger.ts';
import { stateFolder } from '../proxy-core/state-folder/index.ts';
import { interfaceSchemes, serveInterface } from './app-protocol.ts';
import { applicationMenu } from './application-menu.ts';
import { ShellClient } from './core-client.ts';
import { CoreHost, type CoreProcessState } from './core-host.ts';
import { deepLinkArgument, deepLinkScheme } from './deep-link.ts';
import { interfaceScheme } from './interface-address.ts';
import { KeptShellState } from './kept-shell-state.ts';
import { controllerOption } from './launch-options.ts';
import { MainWindow, portTaker } from './main-window.ts';
import { guardNavigation, guardPermissions, isOurSender, signInAddress } from './navigation-guard.ts';
import { openDeepLink } from './open-deep-link.ts';
import { performAction } from './perform-action.ts';
import { createTray, type PosternTray } from './tray.ts';
import { noteRecent, stateLine, trayMenu } from './tray-menu.ts';
import { createWindow } from './window.ts';

const here = import.meta.dirname;
const interfaceFolder = join(here, '..', 'renderer');
const icons = join(here, 'icons');
const logger = stderrLogger(process.env, 'postern-shell');
const ownFolder = join(stateFolder().home, 'desktop');

app.setName('Postern');
// One app for each state folder: the lock of the single instance lies here.
app.setPath('userData', ownFolder);
app.enableSandbox();
protocol.registerSchemesAsPrivileged(interfaceSchemes);
if (app.requestSingleInstanceLock()) run();
else app.exit(0);

function run(): void {
  const kept = new KeptShellState(join(ownFolder, 'shell.json'));
  const controllerUrl = controllerOption(process.argv);
  let isQuitting = false;
  let tray: PosternTray | undefined;

  const onProblem = (error: unknown): void => logger.warn({ err: error }, 'the shell went on after a problem');
  const openWindow = (): void => mainWindow.show();
  const quit = (): void => app.quit();
  const tell = (error: unknown): void =>
    dialog.showErrorBox('Postern', error instanceof Error ? error.message : String(error));

  const mainWindow = new MainWindow({
    create: () =>
      createWindow({
        preload: join(here, 'preload.cjs'),
        icon: join(icons, 'icon.png'),
        kept,
        onProblem,
        closing: () => {
          if (!isQuitting) sayOnceThatItStays();
          return !isQuitting;
        },
      }),
    onProblem,
  });

  const host = new CoreHost({
    fork: () =>
      utilityProcess.fork(join(here, 'core-process.js'), [], { serviceName: 'Postern core', stdio: 'inherit' }),
    createChannel: () => new MessageChannelMain(),
    start: { interfaceFolder, ...(controllerUrl === undefined ? {} : { controllerUrl }) },
    openBrowser: async (url) => {
      const address = signInAddress(url);
      if (address === undefined) throw new Error('The sign-in has an address that no browser is given.');
      await shell.openExternal(address);
    },
    onState: onCoreState,
    clock: { now: () => performance.now(), setTimeout, clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout) },
    random: Math.random,
  });

  let last: ShellClient['state'];
  function onAppState(state: ShellClient['state']): void {
    if (state) {
      const recent = noteRecent(kept.state.recent, last, state);
      if (recent !== kept.state.recent) remember({ recent: [...recent] });
      last = state;
    }
    showTray();
  }

  function showTray(): void {
    const { state } = client;
    tray?.show(trayMenu(state, host.state, kept.state.recent), state ? `Postern: ${stateLine(state)}` : 'Postern');
  }

  function onCoreState(state: CoreProcessState): void {
    logger.info({ state: state.kind }, 'the core');
    if (state.kind === 'failed') void offerAnotherStart(state.error);
    if (state.kind === 'stopped' && !isQuitting) app.quit();
    showTray();
  }

  async function offerAnotherStart({ message, hint }: { message: string; hint?: string }): Promise<void> {
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: 'Postern could not start',
      detail: hint === undefined ? message : `${message}\n\n${hint}`,
      buttons: ['Try again', 'Quit'],
      defaultId: 0,
      cancelId: 1,
    });
    if (response === 0) host.start();
    else app.quit();
  }

  function sayOnceThatItStays(): void {
    if (kept.state.toldAboutTray) return;
    remember({ toldAboutTray: true });
    const title = 'Postern keeps running';
    const body = 'The tunnel stays open, so kubectl goes on working. Open the window or quit from the tray.';
    if (!Notification.isSupported()) return void dialog.showMessageBox({ type: 'info', message: title, detail: body });
    const notification = new Notification({ title, body });
    notification.on('click', openWindow);
    notification.show();
  }

  function remember(changes: Parameters<KeptShellState['keep']>[0]): void {
    try {
      kept.keep(changes);
    } catch (error) {
      onProblem(error);
    }
  }

  function followLink(raw: string): void {
    const confirm = async (question: string): Promise<boolean> => {
      const buttons = ['Connect', 'Cancel'];
      return (
        (await dialog.showMessageBox({ type: 'question', message: question, buttons, defaultId: 1, cancelId: 1 }))
          .response === 0
      );
    };
    const onRejected = (reason: string): void => logger.warn({ reason }, 'a postern:// address was not followed');
    openDeepLink(raw, { client: client.client, openWindow, confirm, onRejected }).catch(tell);
  }

  const client = new ShellClient(host, onAppState);

  app.on('web-contents-created', (_, contents) => {
    guardNavigation(contents, (url) => shell.openExternal(url));
    mainWindow.adopt(contents);
  });
  ipcMain.on('postern:want-port', (event) => {
    if (isOurSender(event, mainWindow.contents)) host.connect(portTaker(event.sender));
  });
  app.on('second-instance', (_, commandLine) => {
    openWindow();
    const link = deepLinkArgument(commandLine);
    if (link !== undefined) followLink(link);
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    app.whenReady().then(() => followLink(url), onProblem);
  });
  app.on('activate', openWindow);
  // Without a listener the app would end with its window.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', () => {
    isQuitting = true;
  });
  app.on('will-quit', (event) => {
    event.preventDefault();
    client.close();
    host.stop().then(() => {
      tray?.close();
      app.exit(0);
    }, tell);
  });
  process.on('SIGTERM', quit);
  process.on('SIGINT', quit);

  app.whenReady().then(() => {
    if (app.isPackaged) app.setAsDefaultProtocolClient(deepLinkScheme);
    protocol.handle(interfaceScheme, serveInterface(interfaceFolder));
    guardPermissions(session.defaultSession);
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(
        applicationMenu({ platform: process.platform, isPackaged: app.isPackaged, openWindow, quit }),
      ),
    );
    const trayIcon = process.platform === 'darwin' ? 'trayTemplate.png' : 'tray.png';
    tray = createTray(join(icons, trayIcon), (action) => {
      performAction(action, {
        client: client.client,
        state: client.state,
        openWindow,
        quit,
        copy: (text) => clipboard.writeText(text),
      }).catch(tell);
    });
    host.start();
    showTray();
    powerMonitor.on('resume', () => host.networkChanged());
    powerMonitor.on('unlock-screen', () => host.networkChanged());
    openWindow();
    const link = deepLinkArgument(process.argv);
    if (link !== undefined) followLink(link);
  }, tell);
}
