import * as http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Discovery } from '../../../proxy-core/contract/controller.ts';
import type { PosternError } from '../../../proxy-core/contract/errors.ts';
import { createStreamServer } from '../../../proxy-core/tunnel/index.ts';
import { ControllerError } from '../errors.ts';
import type { ControllerMetrics } from '../metrics.ts';
import type { AcceptedVisitor, Visitor } from './context.ts';
import { openApiDocument } from './openapi-document.ts';
import { type ApiServerDependencies, answerError, apiError, apiHandler } from './server.ts';

export interface HttpDependencies extends ApiServerDependencies {
  discovery: () => Discovery;
  metrics: ControllerMetrics;
}

const limits = { headersTimeout: 15_000, requestTimeout: 60_000, keepAliveTimeout: 30_000, maxHeaderSize: 16 * 1024 };
/** A connection that says nothing for so long goes. Live subscriptions say something every few seconds. */
const quietTimeoutMs = 120_000;

/** Everything that the controller serves over HTTP besides Kubernetes: the API, discovery, health and metrics. */
export class ControllerHttp {
  readonly #with: HttpDependencies;
  readonly #api: ReturnType<typeof apiHandler>;
  readonly #public: http.Server;
  readonly #visitors = new WeakMap<object, Visitor>();
  #openApi: Promise<string> | undefined;

  constructor(dependencies: HttpDependencies) {
    this.#with = dependencies;
    this.#api = apiHandler(dependencies);
    this.#public = http.createServer(limits, (request, response) => {
      void this.#answer(request, response, this.#visitors.get(request.socket)!);
    });
    // It gets its connections from the TLS listener and never listens, but only listening starts the checks that end
    // slow requests.
    this.#public.emit('listening');
  }

  /** Serves a connection to the TLS listener. */
  serve(socket: Duplex & { setTimeout(ms: number, callback: () => void): unknown }, visitor: Visitor): void {
    this.#visitors.set(socket, visitor);
    socket.setTimeout(quietTimeoutMs, () => socket.destroy());
    this.#public.emit('connection', socket);
  }

  /** Answers everything on a connection with the reason for which its certificate does not count. */
  refuse(socket: Duplex & { setTimeout(ms: number, callback: () => void): unknown }, reason: PosternError): void {
    this.serve(socket, { kind: 'refused', reason });
  }

  /** The server for one device's `api` streams. */
  serverFor(visitor: Visitor): http.Server {
    return createStreamServer((request, response) => void this.#answer(request, response, visitor));
  }

  close(): void {
    this.#public.close();
    this.#public.closeAllConnections();
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse, visitor: Visitor): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0];
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    try {
      if (visitor.kind === 'refused') throw visitor.reason;
      if (request.method === 'GET' || request.method === 'HEAD') {
        switch (path) {
          case '/.well-known/postern':
            return send(response, 200, 'application/json', JSON.stringify(this.#with.discovery()));
          case '/healthz':
            return this.#health(response);
          case '/metrics':
            return await this.#metrics(response, visitor);
          case '/api/v1/openapi.json':
            this.#openApi ??= openApiDocument(this.#with.discovery().version);
            return send(response, 200, 'application/json', await this.#openApi);
        }
      }
      if (!(await this.#api(request, response, visitor))) {
        throw new ControllerError('POSTERN_NOT_FOUND', `there is no ${request.method} ${path}`, {
          hint: 'the API is described at /api/v1/openapi.json',
        });
      }
    } catch (error) {
      answerError(response, apiError(error, this.#with.logger));
    }
  }

  #health(response: http.ServerResponse): void {
    if (this.#with.audit.healthy) send(response, 200, 'text/plain; charset=utf-8', 'ok\n');
    else send(response, 503, 'text/plain; charset=utf-8', 'the audit log cannot be written\n');
  }

  /** For whoever is on this machine, and for administrators. */
  async #metrics(response: http.ServerResponse, visitor: AcceptedVisitor): Promise<void> {
    const { devices, metrics } = this.#with;
    const address = visitor.kind === 'device' ? visitor.caller.sourceAddress : visitor.sourceAddress;
    const isAdministrator =
      visitor.kind === 'device' &&
      !devices.refusal(visitor.caller.device) &&
      devices.isAdministrator(visitor.caller.device.person);
    if (!isAdministrator && !isLoopback(address)) {
      throw new ControllerError(
        'POSTERN_NOT_ADMINISTRATOR',
        'metrics are for administrators and for this machine only',
      );
    }
    send(response, 200, metrics.contentType, await metrics.text());
  }
}

function send(response: http.ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
