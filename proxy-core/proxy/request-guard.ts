import { auditIdHeader, headerPrefix } from '../contract/headers.ts';
import { ProxyError } from './errors.ts';

/**
 * Headers that would speak for somebody: who the request is from is the device certificate's matter, not the tool's.
 * `x-remote-*` is how a front proxy names a user to kube-apiserver; `x-forwarded-*` would forge the source address in its
 * audit log. Impersonation headers pass: the gateway decides on them, and strips them (design section 7).
 */
const removed = new Set([
  'authorization',
  'proxy-authorization',
  auditIdHeader,
  'host',
  'origin',
  'forwarded',
  'x-real-ip',
]);
const removedPrefixes = [headerPrefix, 'x-remote-', 'x-forwarded-'];
/** The only things that `Connection` may name: were it to name another header, a hop would drop that one. */
const connectionOptions = new Set(['close', 'keep-alive', 'upgrade', 'te', 'transfer-encoding', 'trailer', '']);
/** A token in a WebSocket's subprotocols is as good as one in Authorization (kube-apiserver, websocket/protocol.go). */
const bearerSubprotocol = /^base64url\.bearer\.authorization\.k8s\.io\./i;
const upgradeProtocols = new Set(['websocket', 'spdy/3.1']);
const once = new Set(['authorization', 'content-length', 'transfer-encoding', 'upgrade', 'sec-websocket-key']);

/**
 * Makes the headers that go on to the gateway: what came, without what must not pass in any letter case, and with our
 * own `audit-id`.
 *
 * @param rawHeaders names and values in turn, as received
 * @throws {ProxyError} `POSTERN_PROXY_REQUEST_INVALID` where the message could be read in two ways
 */
export function guardedHeaders(rawHeaders: readonly string[], auditId: string): string[] {
  const headers: string[] = [];
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const key = name.toLowerCase();
    if (once.has(key)) {
      if (seen.has(key)) throw invalid(`the request has several ${name} headers`);
      seen.add(key);
    }
    if (removed.has(key) || removedPrefixes.some((prefix) => key.startsWith(prefix))) continue;
    // Some servers read `_` as `-`, which would bring back what was removed.
    if (key.includes('_') && isRemovedWithDashes(key)) continue;
    if (key === 'connection') checkConnection(value);
    if (key === 'transfer-encoding' && value.trim().toLowerCase() !== 'chunked') {
      throw invalid('the request’s Transfer-Encoding is not "chunked"');
    }
    if (key === 'upgrade' && !upgradeProtocols.has(value.trim().toLowerCase())) {
      throw invalid('the request asks for an upgrade to neither WebSocket nor SPDY/3.1');
    }
    if (key === 'sec-websocket-protocol') {
      const kept = withoutBearer(value);
      if (kept !== '') headers.push(key, kept);
      continue;
    }
    headers.push(key, value);
  }
  if (seen.has('content-length') && seen.has('transfer-encoding')) {
    throw invalid('the request has both a Content-Length and a Transfer-Encoding');
  }
  headers.push(auditIdHeader, auditId);
  return headers;
}

function isRemovedWithDashes(key: string): boolean {
  const dashed = key.replaceAll('_', '-');
  return removed.has(dashed) || removedPrefixes.some((prefix) => dashed.startsWith(prefix));
}

function checkConnection(value: string): void {
  for (const option of value.split(',')) {
    if (connectionOptions.has(option.trim().toLowerCase())) continue;
    throw invalid(`the request's Connection header names ${JSON.stringify(option.trim().slice(0, 60))}`);
  }
}

function withoutBearer(value: string): string {
  return value
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => !bearerSubprotocol.test(protocol))
    .join(', ');
}

function invalid(message: string): ProxyError {
  return new ProxyError('POSTERN_PROXY_REQUEST_INVALID', message);
}
