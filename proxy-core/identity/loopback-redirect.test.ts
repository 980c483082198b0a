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
