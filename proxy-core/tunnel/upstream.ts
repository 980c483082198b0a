import * as http from 'node:http';
import * as https from 'node:https';
import { endToEndHeaders, headerValue, isFraming, isHopByHop, type RawHeaders, withoutHeaders } from './raw-headers.ts';
import { maxHeaderBytes } from './serve-http.ts';

/** Where a request goes on to. */
export interface Upstream {
  agent: http.Agent | https.Agent;
  /** `http:` (default) for tunnel agents, `https:` towards an API server. */
  protocol?: 'http:' | 'https:';
  host?: string;
  port?: number;
  /** Default: the request's own. */
  method?: string;
  /** The request target, sent as it is. */
  path: string;
  /** End-to-end headers to send, made from `endToEndHeaders(request.rawHeaders)`, which is also the default. */
  headers?: RawHeaders;
}

export interface ResponseHead {
  status: number;
  statusMessage: string;
  headers: RawHeaders;
}

/** How a request's body is delimited. Both at once is refused by Node's parser before anybody sees it. */
export function hasBody(request: http.IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/**
 * Starts the request to the upstream; the caller sends the body and listens.
 *
 * @param hop the headers of this hop alone: framing, or an upgrade
 * @throws {TypeError} where a header or the path holds characters that HTTP does not allow
 */
export function requestUpstream(
  request: http.IncomingMessage,
  upstream: Upstream,
  hop: RawHeaders,
): http.ClientRequest {
  const endToEnd = upstream.headers ?? endToEndHeaders(request.rawHeaders);
  const headers = withoutHeaders(endToEnd, (name) => isHopByHop(name) || isFraming(name));
  if (headerValue(headers, 'host') === undefined) headers.unshift('Host', upstream.host ?? 'postern');
  headers.push(...hop);
  return (upstream.protocol === 'https:' ? https : http).request({
    agent: upstream.agent,
    protocol: upstream.protocol ?? 'http:',
    host: upstream.host ?? 'postern',
    port: upstream.port,
    method: upstream.method ?? request.method,
    path: upstream.path,
    headers: headers as unknown as http.OutgoingHttpHeaders,
    setHost: false,
    maxHeaderSize: maxHeaderBytes,
    // Tunnel agents have no TLS of their own; unset, Node would work out a server name for every request.
    ...(upstream.protocol === 'https:' ? {} : { servername: '' }),
  });
}

/** The framing that this hop gives the request's body. */
export function bodyFraming(request: http.IncomingMessage): RawHeaders {
  if (request.headers['transfer-encoding'] !== undefined) return ['Transfer-Encoding', 'chunked'];
  const length = request.headers['content-length'];
  if (length !== undefined) return ['Content-Length', length];
  // Without it, Node would send an empty chunked body.
  const method = request.method ?? 'GET';
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? ['Content-Length', '0'] : [];
}

export function headOf(response: http.IncomingMessage): ResponseHead {
  return {
    status: response.statusCode ?? 502,
    statusMessage: response.statusMessage ?? '',
    headers: endToEndHeaders(response.rawHeaders),
  };
}
