import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { listenForRedirect } from './loopback-redirect.ts';

test('the browser’s last page does not say that one is signed in: the controller has still to agree', async () => {
  const redirect = await listenForRedirect('s1');
  try {
    const page = await (await fetch(`${redirect.redirectUri}?state=s1&code=c1`)).text();
    expect(page).toContain('Go back to Postern');
    expect(page).not.toContain('signed in');
    expect((await redirect.arrived).searchParams.get('code')).toBe('c1');
  } finally {
    redirect.close();
  }
});

test('a connection that a browser opened ahead of need does not outlive the sign-in', async () => {
  const redirect = await listenForRedirect('s1');
  const ahead = connect(Number(new URL(redirect.redirectUri).port), '127.0.0.1');
  await once(ahead, 'connect');
  const page = await fetch(`${redirect.redirectUri}?state=s1&code=c1`);
  const closed = once(ahead.resume(), 'close');
  redirect.close();
  await closed;
  expect(await page.text()).toContain('Go back to Postern');
});

test.each(['//', 'http://[/callback', '*'])(
  'a request for %s, which any page can cause, does no harm',
  async (target) => {
    const redirect = await listenForRedirect('s1');
    try {
      const socket = connect(Number(new URL(redirect.redirectUri).port), '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
    } finally {
      redirect.close();
    }
  },
);
