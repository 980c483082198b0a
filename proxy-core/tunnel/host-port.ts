import { TunnelError } from './errors.ts';

export interface HostPort {
  /** Without brackets where it is an IPv6 address. */
  host: string;
  port: number;
}

/**
 * Reads `host:port`, `[v6]:port` or a bare host (port 443).
 *
 * @throws {TunnelError} `POSTERN_CONTROLLER_URL_INVALID`
 */
export function parseHostPort(text: string): HostPort {
  const url = URL.parse(`https://${text}`);
  if (url === null || url.hostname === '' || url.host + url.pathname !== `${url.host}/` || url.username !== '') {
    throw new TunnelError('POSTERN_CONTROLLER_URL_INVALID', `"${text}" is no host:port`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 443 : Number(url.port) };
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
