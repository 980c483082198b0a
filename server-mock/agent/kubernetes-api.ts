import https from 'node:https';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import {
  ApiException,
  AuthorizationV1Api,
  CoreV1Api,
  createConfiguration,
  RbacAuthorizationV1Api,
  type RequestContext,
  ResponseContext,
  ServerConfiguration,
  VersionApi,
  type VersionInfo,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { ciphers, fetchOver, UpstreamPool } from '../../proxy-core/tunnel/index.ts';
import type { ClusterCredential } from './cluster-credential.ts';
import { AgentError } from './errors.ts';

/** A control call that takes longer has failed; data paths have no such bound. */
const controlCallTimeoutMs = 10_000;
/** So long may a connection for users' requests take until its TLS stands; then it is as dead as a refused one. */
const defaultConnectTimeoutMs = 10_000;
/** As Go's clients: what runs on a connection whose peer has vanished is to end in minutes, not in hours. */
const tcpKeepAliveMs = 15_000;

/**
 * The API server, twice: typed calls with the agent's own credential, and connections for users' requests, none of which
 * ever has a client certificate, since kube-apiserver would believe it before any token and run the request as the
 * agent.
 *
 * The typed calls go over one keep-alive agent: the library's own transport makes a new connection pool for every call.
 * Nothing limits their rate; the API server's priority and fairness decides.
 */
export class KubernetesApi {
  readonly server: URL;
  readonly insecureSkipTlsVerify: boolean;
  /** For users' requests. */
  readonly users: UpstreamPool;
  readonly core: CoreV1Api;
  readonly rbac: RbacAuthorizationV1Api;
  readonly #version: VersionApi;
  readonly #controlAgent: https.Agent;
  /** Without a client certificate. */
  readonly #reviewAgent: https.Agent;
  readonly #accessReviewsAs: (authorization: () => Promise<string | undefined>) => AuthorizationV1Api;

  constructor(
    credential: ClusterCredential,
    { connectTimeoutMs = defaultConnectTimeoutMs }: { connectTimeoutMs?: number } = {},
  ) {
    this.server = credential.server;
    this.insecureSkipTlsVerify = credential.insecureSkipTlsVerify;
    const connection = { keepAlive: true, noDelay: true, scheduling: 'lifo' as const, ...credential.trust };
    this.users = new UpstreamPool({ open: () => connectTo(credential, connectTimeoutMs) });
    this.#reviewAgent = new https.Agent(connection);
    this.#controlAgent = new https.Agent({ ...connection, ...credential.clientCertificate });

    const configure = (agent: https.Agent, authorization: () => Promise<string | undefined>) =>
      createConfiguration({
        baseServer: new ServerConfiguration(credential.server.href.replace(/\/$/, ''), {}),
        httpApi: httpLibraryOver(credential.server, agent, authorization),
      });
    const own = configure(this.#controlAgent, credential.authorization);
    this.core = new CoreV1Api(own);
    this.rbac = new RbacAuthorizationV1Api(own);
    this.#version = new VersionApi(own);
    this.#accessReviewsAs = (authorization) => new AuthorizationV1Api(configure(this.#reviewAgent, authorization));
  }

  /** @throws {AgentError} `POSTERN_AGENT_KUBERNETES` */
  version(): Promise<VersionInfo> {
    return kubernetesCall('ask the version', () => this.#version.getCode());
  }

  /** Access reviews as somebody else, by their token. */
  accessReviewsWith(token: string): AuthorizationV1Api {
    return this.#accessReviewsAs(async () => `Bearer ${token}`);
  }

  close(): void {
    this.users.close();
    this.#reviewAgent.destroy();
    this.#controlAgent.destroy();
  }
}

/** A connection for users' requests: it says who nobody is. */
function connectTo({ server, trust }: ClusterCredential, timeoutMs: number): Promise<TLSSocket> {
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const socket = connect({
    host,
    port: Number(server.port || 443),
    // HTTP/2 would have no upgrades for exec.
    ALPNProtocols: ['http/1.1'],
    ciphers,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...trust,
  });
  socket.setNoDelay(true).setKeepAlive(true, tcpKeepAliveMs);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error(`no TLS handshake within ${timeoutMs} ms`)), timeoutMs);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    // Stays: an error that comes before the next listener must not be an uncaught one.
    socket.once('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
      reject(new Error('the connection was closed'));
    });
  });
}

function httpLibraryOver(server: URL, agent: https.Agent, authorization: () => Promise<string | undefined>) {
  const fetch = fetchOver(agent, server.origin);
  return wrapHttpLibrary({
    async send(request: RequestContext): Promise<ResponseContext> {
      const headers = new Headers(request.getHeaders());
      const credential = await authorization();
      if (credential !== undefined) headers.set('authorization', credential);
      const body = request.getBody();
      if (typeof body === 'string') headers.set('content-length', String(Buffer.byteLength(body)));
      const timeout = AbortSignal.timeout(controlCallTimeoutMs);
      const response = await fetch(request.getUrl(), {
        method: request.getHttpMethod(),
        headers,
        signal: timeout,
        ...(typeof body === 'string' ? { body } : {}),
      });
      const text = await response.text();
      return new ResponseContext(response.status, Object.fromEntries(response.headers), {
        text: async () => text,
        binary: async () => Buffer.from(text),
        stream: () => null,
      });
    },
  });
}

/**
 * The one place that translates what the Kubernetes client throws.
 *
 * @param what the attempt, as it follows "could not"
 * @throws {AgentError} `POSTERN_AGENT_KUBERNETES`, its cause kept
 */
export async function kubernetesCall<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    throw new AgentError('POSTERN_AGENT_KUBERNETES', `the agent could not ${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** The HTTP status of a refused call, also from the cause of an {@link AgentError}; undefined where nothing answered. */
export function statusOf(error: unknown): number | undefined {
  return refusalOf(error)?.code;
}

/** Whether something could not be made in a namespace because the cluster does not have it, or is just deleting it. */
export function isNamespaceAbsent(error: unknown): boolean {
  const refusal = refusalOf(error);
  if (refusal?.code !== 403) return refusal?.code === 404;
  return JSON.stringify(refusal.body).includes('NamespaceTerminating');
}

function refusalOf(error: unknown): ApiException<unknown> | undefined {
  const refusal = error instanceof AgentError ? error.cause : error;
  return refusal instanceof ApiException ? refusal : undefined;
}

/** @returns undefined where the API server answers 404 */
export async function unlessMissing<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? error.message : String(error);
  const message = statusMessage(error.body);
  return message === undefined ? `the API server answered ${error.code}` : message;
}

function statusMessage(body: unknown): string | undefined {
  try {
    const status: unknown = typeof body === 'string' ? JSON.parse(body) : body;
    const message = (status as { message?: unknown } | null)?.message;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
