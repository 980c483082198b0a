import * as http from 'node:http';
import * as https from 'node:https';
import { BlockList, isIP, type Socket } from 'node:net';
import { TunnelError } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that a connection to `host:port` must go through, from `HTTPS_PROXY` and `NO_PROXY` (either case; lower case
 * wins, as in curl). `NO_PROXY` entries: `*`, a host (with its subdomains), `.suffix`, `*.suffix`, an IP address, a CIDR
 * range, each with an optional `:port`. Loopback is not special, as with curl and Node's own `--use-env-proxy`.
 *
 * @throws {TunnelError} `POSTERN_CONTROLLER_UNREACHABLE` where HTTPS_PROXY is no http(s) URL
 */
export function outboundProxy(host: string, port: number, environment: Environment): URL | undefined {
  const value = (environment.https_proxy || environment.HTTPS_PROXY || '').trim();
  if (value === '') return undefined;
  const exceptions = environment.no_proxy || environment.NO_PROXY || '';
  const name = host.toLowerCase().replace(/\.$/, '');
  if (exceptions.split(/[\s,]+/).some((entry) => entry !== '' && isExcepted(entry.toLowerCase(), name, port))) {
    return undefined;
  }
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TunnelError('POSTERN_CONTROLLER_UNREACHABLE', 'HTTPS_PROXY is not an http:// or https:// URL', {
      hint: 'correct HTTPS_PROXY, or name the controller in NO_PROXY',
    });
  }
  return url;
}

function isExcepted(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const { pattern, onlyPort } = splitPort(entry);
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const family = isIP(host);
  if (family !== 0) {
    const [base = '', bits] = pattern.split('/');
    if (isIP(base) !== family) return false;
    const type = family === 4 ? 'ipv4' : 'ipv6';
    const list = new BlockList();
    if (bits === undefined) list.addAddress(base, type);
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)) {
      list.addSubnet(base, Number(bits), type);
    }
    return list.check(host, type);
  }
  const suffix = pattern.replace(/^\*?\./, '');
  return suffix !== '' && (host.endsWith(`.${suffix}`) || (host === suffix && suffix === pattern));
}

function splitPort(entry: string): { pattern: string; onlyPort: number | undefined } {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(entry);
  // More than one colon and no brackets: a bare IPv6 address.
  if (match === null) return { pattern: entry, onlyPort: undefined };
  return {
    pattern: (match[1] ?? '').replace(/^\[|\]$/g, ''),
    onlyPort: match[2] === undefined ? undefined : Number(match[2]),
  };
}

/**
 * Asks a proxy for a connection to `host:port` by HTTP CONNECT (RFC 9110 section 9.3.6).
 *
 * @throws {TunnelError} `POSTERN_CONTROLLER_UNREACHABLE` where the proxy does not answer or answers anything but 2xx
 */
export function connectThroughProxy(proxy: URL, host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const headers: Record<string, string> = { host: target };
  if (proxy.username !== '') {
    const userInfo = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
    headers['proxy-authorization'] = `Basic ${Buffer.from(userInfo).toString('base64')}`;
  }
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: Error) =>
      reject(
        new TunnelError('POSTERN_CONTROLLER_UNREACHABLE', `the proxy ${proxy.host} ${why}`, {
          cause,
          hint: 'check HTTPS_PROXY and NO_PROXY',
        }),
      );
    const request = (proxy.protocol === 'https:' ? https : http).request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers,
      agent: false,
      signal,
    });
    request.on('connect', (response, socket, head) => {
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        fail(`refused a connection to ${target} (status ${status})`);
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket);
    });
    // Some proxies answer a refused CONNECT as an ordinary response.
    request.on('response', (response) => {
      response.destroy();
      fail(`refused a connection to ${target} (status ${response.statusCode})`);
    });
    request.on('error', (error) => (signal.aborted ? reject(signal.reason) : fail('does not answer', error)));
    request.end();
  });
}
