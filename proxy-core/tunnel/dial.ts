import { isIP } from 'node:net';
import * as tls from 'node:tls';
import { ciphers } from './ciphers.ts';
import { TunnelError } from './errors.ts';
import { formatHostPort } from './host-port.ts';
import { connectThroughProxy, type Environment, outboundProxy } from './outbound-proxy.ts';

export interface DialOptions {
  host: string;
  port: number;
  /** PEM; the only authority trusted. Omit for Node's own list. */
  ca?: string;
  key?: string;
  certificate?: string;
  /** The one protocol to speak; the peer must choose it. */
  protocol: string;
  environment: Environment;
  signal: AbortSignal;
  /** Take any certificate: only to read the authority that a pin then judges. */
  isUnverified?: boolean;
}

/**
 * Dials TLS 1.3, through HTTPS_PROXY where one is set.
 *
 * @throws {TunnelError} `POSTERN_CONTROLLER_UNREACHABLE`, `POSTERN_CONTROLLER_UNTRUSTED`, `POSTERN_CONTROLLER_NOT_POSTERN`,
 *   or `POSTERN_TUNNEL_REFUSED` where the peer broke the handshake off over our certificate
 */
export async function dialTls(options: DialOptions): Promise<tls.TLSSocket> {
  const { host, port, signal } = options;
  const address = formatHostPort({ host, port });
  signal.throwIfAborted();
  const proxy = outboundProxy(host, port, options.environment);
  const beneath = proxy === undefined ? undefined : await connectThroughProxy(proxy, host, port, signal);
  const socket = tls.connect({
    host,
    port,
    ...(beneath === undefined ? {} : { socket: beneath }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ca: options.ca,
    key: options.key,
    cert: options.certificate,
    minVersion: 'TLSv1.3',
    ciphers,
    ALPNProtocols: [options.protocol],
    rejectUnauthorized: options.isUnverified !== true,
  });
  socket.setNoDelay(true);
  return await new Promise((resolve, reject) => {
    const onAbort = () => finish(() => reject(signal.reason));
    const onError = (error: Error) => finish(() => reject(dialError(address, error)));
    const onClose = () => finish(() => reject(dialError(address, new Error('the connection was closed'))));
    const onSecure = () => {
      if (socket.alpnProtocol === options.protocol || options.protocol === 'http/1.1') finish(() => resolve(socket));
      else finish(() => reject(notPostern(address)));
    };
    const finish = (then: () => void) => {
      signal.removeEventListener('abort', onAbort);
      socket.off('secureConnect', onSecure).off('close', onClose).off('error', onError);
      then();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', onSecure).once('close', onClose).once('error', onError);
  }).then(
    () => socket,
    (error: unknown) => {
      socket.on('error', () => {});
      socket.destroy();
      throw error;
    },
  );
}

/** Says what a failed dial means, from the codes of Node, OpenSSL and its X.509 verification. */
export function dialError(address: string, cause: Error): TunnelError {
  if (cause instanceof TunnelError) return cause;
  const code = String((cause as NodeJS.ErrnoException).code ?? '');
  if (isVerificationCode(code)) {
    return new TunnelError(
      'POSTERN_CONTROLLER_UNTRUSTED',
      `the certificate of ${address} cannot be trusted: ${cause.message}`,
      { cause, hint: 'use the controller URL with its #ca=sha256:… pin, as the administrator gave it' },
    );
  }
  if (/ALERT_(NO_APPLICATION_PROTOCOL|PROTOCOL_VERSION)/.test(code)) return notPostern(address, cause);
  if (code.startsWith('ERR_SSL_') && code.includes('ALERT')) {
    return new TunnelError('POSTERN_TUNNEL_REFUSED', `${address} refused the certificate`, {
      cause,
      hint: 'sign in again',
    });
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return notPostern(address, cause);
  return new TunnelError('POSTERN_CONTROLLER_UNREACHABLE', `${address} cannot be reached: ${explain(cause)}`, {
    cause,
    hint: 'check the address, the network and HTTPS_PROXY',
  });
}

function notPostern(address: string, cause?: Error): TunnelError {
  return new TunnelError('POSTERN_CONTROLLER_NOT_POSTERN', `${address} is not a Postern controller`, {
    cause,
    hint: 'check the controller URL',
  });
}

/** The names that Node gives to X509_V_ERR_* and to its own host name check. */
function isVerificationCode(code: string): boolean {
  return /^(ERR_TLS_CERT_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_|PATH_LENGTH_|HOSTNAME_MISMATCH|CRL_|ERROR_IN_)/.test(
    code,
  );
}

/** With several addresses to try, Node's error is an AggregateError without a message of its own. */
function explain(cause: Error): string {
  if (cause.name === 'TimeoutError') return 'it did not answer in time';
  if (cause instanceof AggregateError) return cause.errors.map((error: Error) => error.message).join('; ');
  return cause.message;
}
