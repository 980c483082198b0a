import * as https from 'node:https';
import { type Discovery, discovery as discoverySchema } from '../contract/controller.ts';
import {
  type ControllerAddress,
  controllerOrigin,
  formatControllerUrl,
  parseControllerUrl,
  pinOf,
} from './controller-address.ts';
import { ControllerHttpsAgent } from './controller-https-agent.ts';
import { dialError } from './dial.ts';
import { TunnelError } from './errors.ts';
import { formatHostPort } from './host-port.ts';
import type { Environment } from './outbound-proxy.ts';

export interface DiscoverOptions {
  signal?: AbortSignal;
  /** For the whole of it; 10 s by default. */
  timeoutMs?: number;
  /** For HTTPS_PROXY and NO_PROXY; `process.env` by default. */
  environment?: Environment;
}

export interface DiscoveredController {
  address: ControllerAddress;
  /** `https://host:port`, without the pin. */
  origin: string;
  discovery: Discovery;
  /** PEM of the authority to trust from now on, for the tunnel and for HTTPS calls alike. */
  ca: string;
  /** What to trust for HTTPS calls to `origin`: the same authority behind a pin, Node's own list (undefined) without one. */
  httpsCa: string | undefined;
}

const defaultTimeoutMs = 10_000;
const maxDocumentBytes = 256 * 1024;

/**
 * Reads `/.well-known/postern` and decides whether to trust it.
 *
 * With a pin, the document is read twice: first from anybody, only for the CA in it, which must have the pinned key; then
 * over a connection whose certificate that CA signed for this host. Only the second reading is believed, since whoever
 * sits in between could pass the true CA on and change the rest.
 *
 * @throws {TunnelError} `POSTERN_CONTROLLER_URL_INVALID`, `POSTERN_CONTROLLER_UNREACHABLE`,
 *   `POSTERN_CONTROLLER_UNTRUSTED`, `POSTERN_CONTROLLER_NOT_POSTERN`; the signal's reason on abort
 */
export async function discover(
  url: string | ControllerAddress,
  options: DiscoverOptions = {},
): Promise<DiscoveredController> {
  const address = typeof url === 'string' ? parseControllerUrl(url) : url;
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const { environment } = options;
  try {
    let httpsCa: string | undefined;
    if (address.pin !== null) {
      const claimed = await read(address, new ControllerHttpsAgent({ environment, signal }, 'unverified'), signal);
      if (pin(claimed.certificateAuthority, address) !== address.pin) {
        throw new TunnelError(
          'POSTERN_CONTROLLER_UNTRUSTED',
          `${formatHostPort(address)} presents another authority than the one pinned in ${formatControllerUrl(address)}`,
          { hint: 'ask the administrator for the present controller URL; somebody may be listening in' },
        );
      }
      httpsCa = claimed.certificateAuthority;
    }
    const agent = new ControllerHttpsAgent({ ca: httpsCa, environment, signal });
    const discovery = await read(address, agent, signal);
    return {
      address,
      origin: controllerOrigin(address),
      discovery,
      ca: httpsCa ?? discovery.certificateAuthority,
      httpsCa,
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof TunnelError) throw error;
    const cause = timeout.aborted ? new Error(`no answer within ${timeoutMs} ms`) : (error as Error);
    throw dialError(formatHostPort(address), cause);
  }
}

function pin(caPem: string, address: ControllerAddress): string {
  try {
    return pinOf(caPem);
  } catch (cause) {
    throw notPostern(address, 'its certificate authority is not a certificate', cause);
  }
}

async function read(address: ControllerAddress, agent: https.Agent, signal: AbortSignal): Promise<Discovery> {
  const { status, text } = await get(address, agent, signal);
  if (status !== 200) throw notPostern(address, `/.well-known/postern answers with status ${status}`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw notPostern(address, '/.well-known/postern is not JSON', cause);
  }
  const parsed = discoverySchema.safeParse(document);
  if (!parsed.success) throw notPostern(address, '/.well-known/postern is not a Postern document', parsed.error);
  return parsed.data;
}

function get(
  address: ControllerAddress,
  agent: https.Agent,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = https.get(
      { agent, host: address.host, port: address.port, path: '/.well-known/postern', signal },
      (response) => {
        const chunks: Buffer[] = [];
        let sizeBytes = 0;
        response.on('data', (chunk: Buffer) => {
          sizeBytes += chunk.length;
          chunks.push(chunk);
          if (sizeBytes > maxDocumentBytes) {
            response.destroy(notPostern(address, '/.well-known/postern is too large'));
          }
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
        response.on('error', reject);
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      // HPE_*: whoever answers speaks TLS, but no HTTP.
      reject(String(error.code).startsWith('HPE_') ? notPostern(address, 'it does not speak HTTP', error) : error);
    });
  });
}

function notPostern(address: ControllerAddress, why: string, cause?: unknown): TunnelError {
  return new TunnelError(
    'POSTERN_CONTROLLER_NOT_POSTERN',
    `${formatHostPort(address)} is no Postern controller: ${why}`,
    {
      cause,
      hint: 'check the controller URL',
    },
  );
}
