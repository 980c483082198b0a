import { ProxyError } from './errors.ts';

/**
 * Origins that desktop tools put on their users' requests. Lens and FreeLens serve each cluster's window from such a name,
 * which they map to 127.0.0.1 themselves, and pass the header on; nobody else's page can have it.
 */
const lensOrigin = /^https:\/\/([a-z0-9-]+\.)*renderer\.(freelens|lens)\.app(:\d{1,5})?$/;
const loopbackOrigin = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Refuses what a web page could make a browser send (DNS rebinding: a page's own name that suddenly means 127.0.0.1).
 * The token already keeps pages out; this holds where a token has leaked.
 *
 * @param rawHeaders names and values in turn, as received
 * @throws {ProxyError} `POSTERN_PROXY_HOST_REFUSED`
 */
export function checkHost(rawHeaders: readonly string[], port: number): void {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = (rawHeaders[index + 1] ?? '').toLowerCase();
    if (name === 'host') {
      hosts++;
      if (value !== `127.0.0.1:${port}` && value !== `localhost:${port}`) throw refused('Host', value);
    } else if (name === 'origin') {
      if (!loopbackOrigin.test(value) && !lensOrigin.test(value)) throw refused('Origin', value);
    }
  }
  if (hosts !== 1) throw refused('Host', hosts === 0 ? 'none' : 'several');
}

const shownLength = 100;

function refused(header: string, value: string): ProxyError {
  return new ProxyError(
    'POSTERN_PROXY_HOST_REFUSED',
    `the local proxy does not answer for ${header} ${JSON.stringify(value.slice(0, shownLength))}`,
    { hint: 'use the address in the kubeconfig that Postern wrote' },
  );
}
