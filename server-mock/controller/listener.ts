import { constants } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Logger } from 'pino';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import {
  acceptTunnel,
  ciphers,
  refuseTunnel,
  reversedTunnelProtocol,
  serveHttp,
  tunnelProtocol,
} from '../../proxy-core/tunnel/index.ts';
import type { AcceptedVisitor } from './api/context.ts';
import type { ControllerHttp } from './api/http.ts';
import { type CertificateAuthority, listenerLifetimeMs } from './certificates/authority.ts';
import { certificateHolder } from './certificates/peer.ts';
import { offeredProtocols } from './client-hello.ts';
import type { Clock } from './clock.ts';
import type { ControllerConfig } from './config.ts';
import type { DeviceConnections } from './device-connections.ts';
import { ControllerError } from './errors.ts';
import type { Gateway } from './gateway/gateway.ts';
import { type HostPort, parseHostPort } from './host-port.ts';
import type { Hub } from './hub/hub.ts';
import { admitAgent, type EnrolmentDependencies } from './identity/agent-enrolment.ts';
import type { Devices } from './identity/devices.ts';

export interface ListenerDependencies {
  authority: CertificateAuthority;
  config: ControllerConfig;
  /** Names that the listener's own certificate carries. */
  hosts: readonly string[];
  devices: Devices;
  connections: DeviceConnections;
  enrolment: EnrolmentDependencies;
  gateway: Gateway;
  http: ControllerHttp;
  hub: Hub;
  clock: Clock;
  logger: Logger;
}

const handshakeTimeoutMs = 10_000;
/** Devices, agents and API calls together; each costs tens of KB. */
const maxConnections = 20_000;

/**
 * The one TLS listener. ALPN says what a visitor wants: an app's tunnel, an agent's reversed tunnel, or the API over
 * HTTP/1.1. TLS only proves that a visitor holds the key of the certificate it shows; whether that certificate counts is
 * decided here, for every connection.
 *
 * With a publicly trusted certificate configured, that one is for HTTP; tunnels always get the one of our own CA, which
 * is all that apps and agents trust for them.
 */
export class Listener {
  readonly #with: ListenerDependencies;
  /** Accepts connections. The same as {@link #own} unless HTTP has a certificate of its own. */
  readonly #door: net.Server;
  readonly #own: tls.Server;
  #renewTimer: unknown;

  private constructor(
    dependencies: ListenerDependencies,
    own: tls.SecureContextOptions,
    forHttp: tls.SecureContextOptions | undefined,
  ) {
    this.#with = dependencies;
    this.#own = this.#tlsServer(own, [tunnelProtocol, reversedTunnelProtocol, 'http/1.1']);
    this.#door = forHttp ? this.#sortingDoor(this.#tlsServer(forHttp, ['http/1.1'])) : this.#own;
    this.#door.maxConnections = maxConnections;
  }

  /** @throws {ControllerError} `POSTERN_CONFIG_INVALID` naming `listen` or `tls` */
  static async start(dependencies: ListenerDependencies): Promise<Listener> {
    const { config, logger } = dependencies;
    const forHttp = config.tls && (await readCertificate(config.tls));
    const listener = new Listener(dependencies, await issueCertificate(dependencies), forHttp);
    const { host, port } = parseHostPort(config.listen)!;
    const door = listener.#door;
    await new Promise<void>((resolve, reject) => {
      door.once('error', (cause) =>
        reject(
          new ControllerError(
            'POSTERN_CONFIG_INVALID',
            `listen: ${host}:${port} cannot be listened on: ${cause.message}`,
            { cause },
          ),
        ),
      );
      door.listen(port, host, resolve);
    });
    door.on('error', (error) => logger.error({ err: error }, 'the listener failed'));
    listener.#renewLater();
    return listener;
  }

  get bound(): HostPort {
    const { address, port } = this.#door.address() as net.AddressInfo;
    return { host: address, port };
  }

  /** Accepts nothing more. What is connected stays. */
  stopAccepting(): void {
    this.#with.clock.clearTimeout(this.#renewTimer);
    this.#door.close();
  }

  #tlsServer(context: tls.SecureContextOptions, protocols: string[]): tls.Server {
    const { authority, logger } = this.#with;
    const server = tls.createServer(
      {
        ...context,
        ca: [authority.certificate],
        minVersion: 'TLSv1.3',
        ciphers,
        requestCert: true,
        // The API's first calls come without a certificate, and a refusal should say why.
        rejectUnauthorized: false,
        ALPNProtocols: protocols,
        handshakeTimeout: handshakeTimeoutMs,
        // Without resumption every connection shows its certificate anew.
        secureOptions: constants.SSL_OP_NO_TICKET,
      },
      (socket) => {
        this.#receive(socket).catch((error: unknown) => {
          logger.error({ err: error }, 'a connection could not be served');
          socket.destroy();
        });
      },
    );
    server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
      logger.debug({ code: error.code }, 'a TLS handshake failed'),
    );
    return server;
  }

  #sortingDoor(http: tls.Server): net.Server {
    return net.createServer((socket) => {
      socket.on('error', () => {});
      void offeredProtocols(socket, handshakeTimeoutMs).then((offered) => {
        const wantsTunnel = offered.includes(tunnelProtocol) || offered.includes(reversedTunnelProtocol);
        if (!socket.destroyed) (wantsTunnel ? this.#own : http).emit('connection', socket);
      });
    });
  }

  async #receive(socket: tls.TLSSocket): Promise<void> {
    const { logger, http, hub } = this.#with;
    socket.on('error', (error: NodeJS.ErrnoException) => logger.debug({ code: error.code }, 'a connection broke'));
    let visitor: AcceptedVisitor;
    try {
      visitor = await this.#identify(socket);
    } catch (error) {
      this.#refuse(socket, error);
      return;
    }
    if (socket.destroyed) return;
    switch (socket.alpnProtocol) {
      case tunnelProtocol:
        if (visitor.kind === 'device') this.#acceptDevice(socket, visitor);
        else this.#refuse(socket, wrongCertificate('device'));
        return;
      case reversedTunnelProtocol:
        if (visitor.kind === 'agent') hub.attach(socket, visitor.agent);
        else this.#refuse(socket, wrongCertificate('agent'));
        return;
      default:
        http.serve(socket, visitor);
    }
  }

  /** @throws {ControllerError} for a certificate that does not count; without one, the visitor is anonymous */
  async #identify(socket: tls.TLSSocket): Promise<AcceptedVisitor> {
    const { authority, clock, devices, enrolment } = this.#with;
    const sourceAddress = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const certificate = socket.getPeerX509Certificate();
    if (!certificate) return { kind: 'anonymous', sourceAddress };
    const holder = certificateHolder(certificate, authority.nodeCertificate, clock);
    if (holder.kind === 'agent') return { kind: 'agent', agent: await admitAgent(holder, enrolment), sourceAddress };
    const device = await devices.find(holder.deviceId, holder.keyThumbprint);
    if (!device) {
      throw new ControllerError('POSTERN_SIGNED_OUT', 'this device is not known any more', { hint: 'sign in again' });
    }
    const refusal = devices.refusal(device);
    if (refusal) throw refusal;
    return { kind: 'device', caller: { device, sourceAddress } };
  }

  #acceptDevice(socket: tls.TLSSocket, visitor: Extract<AcceptedVisitor, { kind: 'device' }>): void {
    const { connections, gateway, http, clock } = this.#with;
    const gatewayServer = gateway.serverFor(visitor.caller);
    const apiServer = http.serverFor(visitor);
    const connection = acceptTunnel(
      socket,
      (target, stream) => {
        if (target === 'gateway') gatewayServer.serve(stream);
        else if (target === 'api') serveHttp(apiServer, stream);
        else throw new ControllerError('POSTERN_NOT_FOUND', `a controller serves no ${target} streams`);
      },
      { clock },
    );
    connections.add(visitor.caller.device, connection);
  }

  #refuse(socket: tls.TLSSocket, error: unknown): void {
    const { logger, http } = this.#with;
    const reason =
      error instanceof PosternError
        ? error
        : new ControllerError('POSTERN_INTERNAL', 'the controller failed at the connection');
    if (reason !== error) logger.error({ err: error }, 'a connection could not be identified');
    else logger.info({ code: reason.code, address: socket.remoteAddress }, 'a certificate was refused');
    if (socket.destroyed) return;
    if (socket.alpnProtocol === tunnelProtocol || socket.alpnProtocol === reversedTunnelProtocol)
      refuseTunnel(socket, reason);
    else http.refuse(socket, reason);
  }

  /** A certificate of our own lives weeks and is replaced while the listener runs. */
  #renewLater(): void {
    const { clock, authority, logger } = this.#with;
    this.#renewTimer = clock.setTimeout(() => {
      issueCertificate(this.#with)
        .then((context) =>
          this.#own.setSecureContext({ ...context, ca: [authority.certificate], minVersion: 'TLSv1.3', ciphers }),
        )
        .catch((error: unknown) => logger.error({ err: error }, 'the listener’s certificate could not be renewed'))
        .finally(() => this.#renewLater());
    }, renewAfterMs);
  }
}

/** Within what Node's timers can count (24.8 days). */
const renewAfterMs = Math.min(listenerLifetimeMs / 2, 2 ** 31 - 1);

/** One of our own, with the CA behind it, so that a client can check the pin. */
async function issueCertificate({ authority, hosts }: ListenerDependencies): Promise<tls.SecureContextOptions> {
  const { certificate, key } = await authority.issueListener(hosts);
  return { cert: certificate + authority.certificate, key };
}

/** @throws {ControllerError} `POSTERN_CONFIG_INVALID` */
async function readCertificate({
  certificateFile,
  keyFile,
}: NonNullable<ControllerConfig['tls']>): Promise<tls.SecureContextOptions> {
  try {
    const [cert, key] = await Promise.all([readFile(certificateFile), readFile(keyFile)]);
    tls.createSecureContext({ cert, key });
    return { cert, key };
  } catch (cause) {
    throw new ControllerError(
      'POSTERN_CONFIG_INVALID',
      `tls: the certificate cannot be used: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function wrongCertificate(needed: 'device' | 'agent'): ControllerError {
  return new ControllerError(
    'POSTERN_SIGNED_OUT',
    `the tunnel needs the certificate of ${needed === 'device' ? 'a device' : 'an agent'}`,
    {
      hint: needed === 'device' ? 'sign in' : 'import the cluster',
    },
  );
}
