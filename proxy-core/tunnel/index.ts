import type * as http from 'node:http';
import type * as https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Discovery } from '../contract/controller.ts';
import type { PosternError } from '../contract/errors.ts';
import type { Clock } from './clock.ts';
import type { TunnelError } from './errors.ts';
import type {
  StreamAcceptor,
  StreamOpener,
  StreamTarget,
  TunnelConnection,
  TunnelCredentials,
  TunnelState,
} from './types.ts';

export { type Clock, systemClock } from './clock.ts';
export { TunnelError, type TunnelErrorCode } from './errors.ts';
export * from './types.ts';

export interface TunnelOptions {
  /** `host:port` of every peer to hold connections to; read again before each dial, every few seconds, and by `refresh()`. */
  addresses(): readonly string[];
  /** Read again at each dial. `undefined` (signed out) means: do not dial now; `reconnectNow()` asks again. */
  credentials(): TunnelCredentials | undefined;
  mode: { kind: 'forward' } | { kind: 'reversed'; accept: StreamAcceptor };
  clock?: Clock;
  /** [0, 1), for the jitter. */
  random?: () => number;
  connectionsPerPeer?: number;
  keepalive?: { intervalMs: number; timeoutMs: number };
  /** For HTTPS_PROXY and NO_PROXY; `process.env` by default. */
  environment?: Record<string, string | undefined>;
}
export declare class Tunnel implements StreamOpener {
  constructor(options: TunnelOptions);
  readonly state: TunnelState;
  readonly latencyMs: number | null;
  /** Called at each change, not with the present state. Returns its own undo. */
  onState(listener: (state: TunnelState) => void): () => void;
  open(target: StreamTarget, options?: { signal?: AbortSignal }): Promise<Duplex>;
  /** Resolves when open; rejects on abort or close. */
  whenOpen(signal?: AbortSignal): Promise<void>;
  /** After sleep or a network change: dials now what waits, and checks at once what seems open. */
  reconnectNow(): void;
  /** Reads `addresses()` again. */
  refresh(): void;
  /** Moves every connection onto the present credentials: dials anew, then lets the old ones run dry. */
  rotate(): Promise<void>;
  close(options?: { drainMs?: number }): Promise<void>;
}

/** Controller, for apps. The socket is a finished TLS handshake whose ALPN is `tunnelProtocol`. */
export declare function acceptTunnel(
  socket: TLSSocket,
  accept: StreamAcceptor,
  options?: { clock?: Clock; keepalive?: { intervalMs: number; timeoutMs: number } },
): TunnelConnection;
/** Controller, towards an agent: ALPN `reversedTunnelProtocol`. */
export declare function openOverTunnel(
  socket: TLSSocket,
  options?: { clock?: Clock; keepalive?: { intervalMs: number; timeoutMs: number } },
): TunnelConnection & StreamOpener;
/** Controller: tells a visitor why it may not have a tunnel (its `lastError.cause`), then closes. Both ALPN names. */
export declare function refuseTunnel(socket: TLSSocket, reason: PosternError): void;

/** An `http.Agent` whose keep-alive connections are tunnel streams, whatever the request's host says. `destroy()` it at the end. */
export declare function tunnelHttpAgent(
  opener: StreamOpener,
  target: StreamTarget,
  options?: { maxSockets?: number; maxFreeSockets?: number; idleTimeoutMs?: number },
): http.Agent;
/** `fetch` over an agent, streaming both ways; never follows redirects. `origin` defaults to `http://postern`. */
export declare function fetchOver(agent: http.Agent | https.Agent, origin?: string): typeof fetch;
/** Feeds an HTTP/1.1 server with a tunnel stream. */
export declare function serveHttp(server: http.Server, stream: Duplex): void;
/** An `http.Server` set up for tunnel streams: no timeouts on quiet connections, bounded headers. Never listens by itself. */
export declare function createStreamServer(
  onRequest: http.RequestListener,
  onUpgrade?: (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void,
): http.Server;

/** Flat list of names and values, as `IncomingMessage.rawHeaders`. */
export type RawHeaders = string[];
export interface ResponseHead {
  status: number;
  statusMessage: string;
  headers: RawHeaders;
}
export interface Upstream {
  agent: http.Agent | https.Agent;
  /** `http:` (default) for tunnel agents, `https:` towards an API server. */
  protocol?: 'http:' | 'https:';
  host?: string;
  port?: number;
  method?: string;
  /** The request target, sent as it is. */
  path: string;
  /** End-to-end headers to send; hop-by-hop ones are removed and framing is set by the forward itself. Default: the request's own. */
  headers?: RawHeaders;
}
export interface ForwardOptions extends Upstream {
  /** May change the head before it is sent. */
  onResponse?(head: ResponseHead, response: http.IncomingMessage): void;
  /** Return true to keep the response from the client: the outcome is `intercepted` and the caller drains and answers. */
  intercept?(response: http.IncomingMessage): boolean;
  /** The upstream failed before its response began and the client still listens: answer on `response`. */
  onError(error: Error, response: http.ServerResponse): void;
  /** Cuts the request on both sides at once (a revocation). */
  signal?: AbortSignal;
  /** Ends a running response with its proper terminator (an ordered stop), so that a watch becomes a re-list. */
  finish?: AbortSignal;
}
export interface ForwardOutcome {
  kind: 'completed' | 'intercepted' | 'failed' | 'client-gone' | 'cut' | 'finished';
  /** The status sent to the client; null where none was. */
  status: number | null;
  /** Body bytes from the client, and to it. */
  bytesIn: number;
  bytesOut: number;
  error: Error | null;
  /** Only with `intercepted`. */
  response: http.IncomingMessage | null;
}
export declare function forwardRequest(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  options: ForwardOptions,
): Promise<ForwardOutcome>;

/** For an `upgrade` event: as {@link forwardRequest}; `completed` after a 101 means that both directions ended. */
export declare function spliceUpgrade(
  request: http.IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: Omit<ForwardOptions, 'finish'>,
): Promise<ForwardOutcome>;
/** A `ServerResponse` on the socket of an `upgrade` event, for an ordinary answer; the socket is closed after it. */
export declare function responseOn(request: http.IncomingMessage, socket: Duplex): http.ServerResponse;

export interface ControllerAddress {
  host: string;
  port: number;
  /** base64url SHA-256 of the CA's SubjectPublicKeyInfo; null where the certificate must be publicly trusted. */
  pin: string | null;
}
export declare function parseControllerUrl(text: string): ControllerAddress;
export declare function formatControllerUrl(address: ControllerAddress): string;
export declare function pinOf(caPem: string): string;
export interface DiscoverOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  environment?: Record<string, string | undefined>;
}
export interface DiscoveredController {
  address: ControllerAddress;
  /** `https://host:port`, without the pin. */
  origin: string;
  discovery: Discovery;
  /** PEM of the authority to trust for the tunnel. */
  ca: string;
}
/** @throws {TunnelError} POSTERN_CONTROLLER_URL_INVALID, _UNREACHABLE, _UNTRUSTED, _NOT_POSTERN */
export declare function discover(
  url: string | ControllerAddress,
  options?: DiscoverOptions,
): Promise<DiscoveredController>;
/** For HTTPS calls to the controller outside the tunnel (sign-in, join, renew), through HTTPS_PROXY where set; for `fetchOver(agent, origin)`. */
export declare function controllerHttpsAgent(options: {
  /** PEM; omit for publicly trusted. */
  ca?: string;
  key?: string;
  certificate?: string;
  environment?: Record<string, string | undefined>;
}): https.Agent;

/** The error that a broken data path gives: is it the tunnel's, or the upstream's? */
export declare function asTunnelError(error: unknown): TunnelError;
