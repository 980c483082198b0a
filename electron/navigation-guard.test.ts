import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import {
  externalAddress,
  guardNavigation,
  guardPermissions,
  isInterface,
  isOurSender,
  signInAddress,
} from './navigation-guard.ts';

test('only https addresses without credentials leave the app', () => {
  expect(externalAddress('https://docs.example/a b')).toBe('https://docs.example/a%20b');
  for (const raw of [
    'http://docs.example',
    'https://user@docs.example',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '',
  ])
    expect(externalAddress(raw)).toBeUndefined();
  for (const raw of ['smb://host/share', 'ms-msdt:/id', 'postern://connect/prod', 'https:', '-version'])
    expect(externalAddress(raw)).toBeUndefined();
});

test('a sign-in that the core asked for may also go to http on loopback, and nowhere else on http', () => {
  expect(signInAddress('http://127.0.0.1:4000/auth?x=1')).toBe('http://127.0.0.1:4000/auth?x=1');
  expect(signInAddress('http://[::1]:4000/')).toBe('http://[::1]:4000/');
  expect(signInAddress('https://login.example/')).toBe('https://login.example/');
  for (const raw of [
    'http://127.0.0.1.attacker.example/',
    'http://10.0.0.1/',
    'http://a@127.0.0.1/',
    'file://127.0.0.1/',
  ])
    expect(signInAddress(raw)).toBeUndefined();
});

test('a window goes nowhere, and its links to https hosts open in the browser', () => {
  const opened: string[] = [];
  const contents = new Contents();
  guardNavigation(contents as never, async (url) => void opened.push(url));
  expect(contents.open('https://docs.example/')).toEqual({ action: 'deny' });
  expect(contents.open('file:///etc/passwd')).toEqual({ action: 'deny' });
  expect(contents.navigate('https://docs.example/2', true)).toBe(true);
  expect(contents.navigate('https://frame.example/', false)).toBe(true);
  expect(contents.navigate('app://postern/other', true)).toBe(true);
  expect(opened).toEqual(['https://docs.example/', 'https://docs.example/2']);
});

test('one permission is granted, to the interface only', () => {
  const session = new FakeSession();
  guardPermissions(session as never);
  expect(session.check(null, 'clipboard-sanitized-write', 'app://postern')).toBe(true);
  expect(session.check(null, 'clipboard-sanitized-write', 'https://attacker.example')).toBe(false);
  for (const permission of ['media', 'geolocation', 'clipboard-read', 'openExternal', 'hid'])
    expect(session.check(null, permission, 'app://postern')).toBe(false);
});

test('messages are taken from the window’s own frame on the interface only', () => {
  const mainFrame = { url: 'app://postern/clusters' };
  const sender = { mainFrame };
  const windows = new Set([sender]);
  const from = (event: object) => isOurSender(event as never, windows);
  expect(from({ sender, senderFrame: mainFrame })).toBe(true);
  expect(from({ sender, senderFrame: { url: 'app://postern/' } })).toBe(false);
  expect(from({ sender, senderFrame: null })).toBe(false);
  const stranger = { mainFrame };
  expect(from({ sender: stranger, senderFrame: mainFrame })).toBe(false);
  const elsewhere = { mainFrame: { url: 'https://attacker.example/' } };
  windows.add(elsewhere);
  expect(from({ sender: elsewhere, senderFrame: elsewhere.mainFrame })).toBe(false);
});

test.each([
  'app://postern.attacker.example/',
  'app://attacker/',
  'https://postern/',
  'app://x@postern/',
  'app:postern',
])('%s is not the interface', (url) => {
  expect(isInterface(url)).toBe(false);
});

class Contents extends EventEmitter {
  open: (url: string) => unknown = () => undefined;
  setWindowOpenHandler(handler: (details: { url: string }) => unknown): void {
    this.open = (url) => handler({ url });
  }
  navigate(url: string, isMainFrame: boolean): boolean {
    let isPrevented = false;
    this.emit('will-frame-navigate', { url, isMainFrame, preventDefault: () => (isPrevented = true) });
    return isPrevented;
  }
}

class FakeSession {
  check: (contents: null, permission: string, origin: string) => boolean = () => true;
  setPermissionRequestHandler(): void {}
  setDevicePermissionHandler(): void {}
  setPermissionCheckHandler(check: FakeSession['check']): void {
    this.check = check;
  }
}
