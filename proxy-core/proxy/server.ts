import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { ciphers, type Exchange, HttpServer, type MessageError } from '../tunnel/index.ts';
import { CertificateAuthority, type CertifiedKey } from './certificate-authority.ts';
import { listenOnKeptPort } from './port.ts';
import { RequestHandler } from './request-handler.ts';
import { answer, requestRefused } from './status.ts';
import type { LocalProxy, LocalProxyOptions, ProxyClock } from './types.ts';

/** A tool has this long to send a request's head; its body and the answer may take as long as they like. */
const headTimeoutMs = 30_000;
/** Go's clients close their idle connections after 90 s; were we first, a request could meet the closing. */
const idleTimeoutMs = 120_000;
/** Room for long label selectors and impersonated groups. */
const maxHeaderBytes = 128 * 1024;
/** Far more than the tools of one person hold. */
const maxConnections = 4096;
/** How often the server certificate's age is looked at; it is renewed 30 days ahead. */
const renewalCheckMs = 12 * 60 * 60_000;
const defaultGraceMs = 500;
/** For the log's lines of what was cut at the end; they are a turn or two away. */
const lastLinesMs = 1000;

const systemClock: ProxyClock = { now: () => new Date(), setTimeout, clearTimeout };

/**
 * Starts the local proxy: TLS and HTTP/1.1 on 127.0.0.1 only.
 *
 * @throws {ProxyError} `POSTERN_PROXY_PORT_TAKEN`
 * @throws {StateError} where its folder cannot be read or written
 */
export async function startLocalProxy(options: LocalProxyOptions): Promise<LocalProxy> {
  const clock = options.clock ?? systemClock;
  const { logger } = options;
  const authority = await CertificateAuthority.open(options.folder, clock.now);
  const server = createServer({
    ...tlsOf(authority.server),
    // Go's clients would choose h2 were it offered, and HTTP/2 has no upgrades for exec.
    ALPNProtocols: ['http/1.1'],
    noDelay: true,
  });
  server.maxConnections = maxConnections;
  /** Also those that have not got through their TLS handshake. */
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', (error) => logger.debug({ error: error.message }, 'a TLS handshake failed'));

  const port = await listenOnKeptPort(server, options.folder, options.port);
  server.on('error', (error) => logger.error({ error: error.message }, 'the local proxy cannot accept connections'));
  const finish = new AbortController();
  setMaxListeners(0, finish.signal);
  const handler = new RequestHandler({ ...options, clock, port, finish: finish.signal });
  const http = new HttpServer({
    maxHeadBytes: maxHeaderBytes,
    headTimeoutMs,
    idleTimeoutMs,
    onRequest: (exchange) => handler.request(exchange),
    onUnreadable: answerUnreadable,
  });
  server.on('secureConnection', (socket) => http.serve(socket));
  const renewal = keepCertificateFresh(server, authority, clock, logger);

  let closing: Promise<void> | undefined;
  const url = `https://127.0.0.1:${port}`;
  logger.info({ url }, 'the local proxy listens');
  return {
    url,
    port,
    caPem: authority.certificate,
    close: ({ graceMs = defaultGraceMs } = {}) => {
      closing ??= (async () => {
        renewal.stop();
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        http.closeIdle();
        await handler.settled(graceMs);
        // Watches end with their proper terminator, so that their clients list again rather than report an error.
        finish.abort();
        http.closeIdle();
        await handler.settled(graceMs);
        http.destroy();
        for (const socket of sockets) socket.destroy();
        handler.close();
        await closed;
        await handler.settled(lastLinesMs);
      })();
      return closing;
    },
  };
}

function tlsOf({ key, certificate }: CertifiedKey) {
  return { key, cert: certificate, minVersion: 'TLSv1.2' as const, ciphers };
}

function keepCertificateFresh(
  server: Server,
  authority: CertificateAuthority,
  clock: ProxyClock,
  logger: LocalProxyOptions['logger'],
): { stop(): void } {
  let timer: NodeJS.Timeout;
  const check = async () => {
    try {
      const renewed = await authority.renewIfDue();
      if (renewed) server.setSecureContext(tlsOf(renewed));
    } catch (error) {
      // The present certificate is good for weeks more; the next look may find the disk writable again.
      logger.warn({ error: (error as Error).message }, 'the local proxy’s certificate could not be renewed');
    }
    schedule();
  };
  let isStopped = false;
  const schedule = () => {
    if (isStopped) return;
    timer = clock.setTimeout(() => void check(), renewalCheckMs);
    timer.unref?.();
  };
  schedule();
  return {
    stop() {
      isStopped = true;
      clock.clearTimeout(timer);
    },
  };
}

/** What cannot be read still gets an answer that a tool can show. */
function answerUnreadable(exchange: Exchange, error: MessageError): void {
  const what = error.status === 400 ? `the request is not readable HTTP/1.1: ${error.message}` : error.message;
  answer(exchange, requestRefused(400, what, 'POSTERN_PROXY_REQUEST_INVALID'), undefined);
}
