import { createHash, X509Certificate } from 'node:crypto';
import { TunnelError } from './errors.ts';
import { formatHostPort } from './host-port.ts';

/** What a controller URL says. */
export interface ControllerAddress {
  host: string;
  port: number;
  /** base64url SHA-256 of the CA's SubjectPublicKeyInfo; null where the certificate must be publicly trusted. */
  pin: string | null;
}

const example = 'https://postern.example.org:8443#ca=sha256:…';

/**
 * Reads a controller URL: `https://HOST[:PORT][#ca=sha256:<pin>]`. The pin names the controller's own CA, so that the URL
 * alone is enough to trust it; without one, the certificate must be publicly trusted.
 *
 * @throws {TunnelError} `POSTERN_CONTROLLER_URL_INVALID`, saying which part cannot be read
 */
export function parseControllerUrl(text: string): ControllerAddress {
  const url = URL.parse(text.trim());
  if (url === null) throw invalid(text, 'is not a URL');
  if (url.protocol !== 'https:') throw invalid(text, 'must begin with https://');
  if (url.username !== '' || url.password !== '') throw invalid('the controller URL', 'must not hold a user name');
  if (url.pathname !== '/' || url.search !== '') throw invalid(text, 'must have no path and no query');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 443 : Number(url.port),
    pin: readPin(text, url.hash),
  };
}

function readPin(text: string, hash: string): string | null {
  if (hash === '' || hash === '#') return null;
  const match = /^#ca=sha256:([A-Za-z0-9_-]{43})=?$/.exec(hash);
  if (match?.[1] === undefined) {
    throw invalid(text, 'has a pin that cannot be read (it may have been cut off in copying)');
  }
  return match[1];
}

/** The inverse of {@link parseControllerUrl}. */
export function formatControllerUrl(address: ControllerAddress): string {
  const pin = address.pin === null ? '' : `#ca=sha256:${address.pin}`;
  return `https://${formatHostPort(address)}${pin}`;
}

/** `https://host:port`, without the pin: for HTTPS calls. */
export function controllerOrigin(address: ControllerAddress): string {
  return `https://${formatHostPort(address)}`;
}

/**
 * The pin of a CA: SHA-256 over its SubjectPublicKeyInfo, base64url, as in RFC 7469 but for the alphabet. It survives a
 * renewal of the CA certificate with the same key.
 *
 * @throws {Error} where the text is no PEM certificate
 */
export function pinOf(caPem: string): string {
  const { publicKey } = new X509Certificate(caPem);
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

function invalid(text: string, why: string): TunnelError {
  return new TunnelError('POSTERN_CONTROLLER_URL_INVALID', `"${text}" ${why}`, { hint: `it looks like ${example}` });
}
