import type { IpcMainEvent, Session, WebContents, WebFrameMain } from 'electron';
import { interfaceOrigin } from './interface-address.ts';

type OpenExternal = (url: string) => Promise<void>;

/**
 * An address that may leave the app: https with a host and no credentials in it.
 *
 * @returns the address as parsed, never the text as received; undefined where it may not leave
 */
export function externalAddress(raw: string): string | undefined {
  const url = parsed(raw);
  return url?.protocol === 'https:' && url.hostname !== '' ? url.href : undefined;
}

/**
 * An address that the core asked to be opened for a sign-in: as {@link externalAddress}, and http on loopback, where a
 * development identity provider may stand.
 *
 * @see RFC 8252, section 8.3 (loopback)
 */
export function signInAddress(raw: string): string | undefined {
  const url = parsed(raw);
  if (url?.protocol === 'http:' && isLoopback(url.hostname)) return url.href;
  return externalAddress(raw);
}

/** Whether an address is a page of our own interface. */
export function isInterface(raw: string): boolean {
  const url = parsed(raw);
  return url !== undefined && `${url.protocol}//${url.host}` === interfaceOrigin;
}

/** The sender of a message: our own page, in the window's own frame. */
export function isOurSender(
  event: Pick<IpcMainEvent, 'sender' | 'senderFrame'>,
  windows: ReadonlySet<unknown>,
): boolean {
  const frame: Pick<WebFrameMain, 'url'> | null = event.senderFrame;
  return frame !== null && windows.has(event.sender) && frame === event.sender.mainFrame && isInterface(frame.url);
}

/** Keeps a window on its own page. Links to https hosts go to the system browser, anything else nowhere. */
export function guardNavigation(
  contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>,
  openExternal: OpenExternal,
): void {
  const open = (raw: string): void => {
    const address = externalAddress(raw);
    // A machine without a browser has no page to show; there is nothing else to do about it.
    if (address !== undefined) openExternal(address).catch(() => undefined);
  };
  contents.setWindowOpenHandler(({ url }) => {
    open(url);
    return { action: 'deny' };
  });
  contents.on('will-frame-navigate', (event) => {
    event.preventDefault();
    if (event.isMainFrame) open(event.url);
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** The interface needs one permission only: putting what a person copies on the clipboard. */
export function guardPermissions(
  session: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'>,
): void {
  const isGranted = (permission: string, url: string): boolean =>
    permission === 'clipboard-sanitized-write' && isInterface(url);
  session.setPermissionRequestHandler((_, permission, decide, details) =>
    decide(isGranted(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_, permission, origin) => isGranted(permission, origin));
  session.setDevicePermissionHandler(() => false);
}

function parsed(raw: string): URL | undefined {
  if (!URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  return url.username === '' && url.password === '' ? url : undefined;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
