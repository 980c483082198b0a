import type { ClientRequestArgs } from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { dialError, dialTls } from './dial.ts';
import { formatHostPort } from './host-port.ts';
import type { Environment } from './outbound-proxy.ts';

export interface ControllerHttpsAgentOptions {
  /** PEM; the only authority trusted. Omit for Node's own list. */
  ca?: string;
  /** PEM, with `certificate`: for calls that need the present certificate (renewal). */
  key?: string;
  certificate?: string;
  /** For HTTPS_PROXY and NO_PROXY; `process.env` by default. */
  environment?: Environment;
  /** How long a connection may take to come about. */
  timeoutMs?: number;
  /** Gives up connections that are still coming about. */
  signal?: AbortSignal;
}

const defaultDialTimeoutMs = 15_000;

/**
 * For HTTPS calls to the controller outside the tunnel: discovery, sign-in, join, renewal. TLS 1.3, through HTTPS_PROXY
 * where one is set. One connection per request: these calls are rare and far between.
 *
 * @example const call = fetchOver(controllerHttpsAgent({ ca }), origin);
 */
export function controllerHttpsAgent(options: ControllerHttpsAgentOptions = {}): https.Agent {
  return new ControllerHttpsAgent(options);
}

export class ControllerHttpsAgent extends https.Agent {
  readonly #options: ControllerHttpsAgentOptions;
  readonly #isUnverified: boolean;

  constructor(options: ControllerHttpsAgentOptions, verification: 'verified' | 'unverified' = 'verified') {
    super({ keepAlive: false });
    this.#options = options;
    this.#isUnverified = verification === 'unverified';
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { environment, timeoutMs, signal, ...credentials } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs ?? defaultDialTimeoutMs);
    const host = String(options.host ?? 'localhost');
    const port = Number(options.port ?? 443);
    dialTls({
      ...credentials,
      host,
      port,
      protocol: 'http/1.1',
      environment: environment ?? process.env,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      isUnverified: this.#isUnverified,
    }).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(dialError(formatHostPort({ host, port }), error), undefined as unknown as Duplex),
    );
    return undefined;
  }
}
