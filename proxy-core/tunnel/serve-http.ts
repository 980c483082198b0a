import * as http from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * The largest head that passes a hop, of a request as of an answer. Twice what the local proxy takes from a tool: what hops
 * add must never make a request too large on the way that was not so at its start. Kubernetes allows 1 MiB.
 */
export const maxHeaderBytes = 256 * 1024;

/**
 * An `http.Server` for tunnel streams; it never listens by itself. Nothing times out for being quiet: whether the peer
 * lives is the keepalive's business, and the opening side drops its idle streams.
 */
export function createStreamServer(
  onRequest: http.RequestListener,
  onUpgrade?: (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void,
): http.Server {
  const server = http.createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, maxHeaderSize: maxHeaderBytes, noDelay: false },
    onRequest,
  );
  server.timeout = 0;
  server.maxHeadersCount = 0;
  if (onUpgrade !== undefined) server.on('upgrade', onUpgrade);
  return server;
}

/** Feeds an HTTP/1.1 server with a tunnel stream. */
export function serveHttp(server: http.Server, stream: Duplex): void {
  server.emit('connection', stream);
}
