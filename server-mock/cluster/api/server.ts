import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { authenticate } from '../authentication/authenticate.ts';
import type { ClusterCertificates } from '../authentication/certificates.ts';
import { impersonate } from '../authentication/impersonation.ts';
import { forbidden } from '../authorization/forbidden.ts';
import { OpenApiDocuments } from '../openapi/documents.ts';
import { badRequest, methodNotAllowed, pathNotFound, refuseUpgrade, respondWithError } from '../status.ts';
import type { UserInfo } from '../streaming-types.ts';
import { AppliedConfigurations } from './applied-configurations.ts';
import { parseBody, readBody } from './body.ts';
import type { ApiContext } from './context.ts';
import { respondJson } from './encoding.ts';
import { Lister } from './list.ts';
import { PathsHandler } from './paths-handler.ts';
import { type RequestInfo, requestInfo } from './request-info.ts';
import { checkScope, ResourceHandler, type ResourceRequest } from './resource-handler.ts';
import { answerReview } from './reviews.ts';
import {
  SubresourceHandler,
  streamingTarget,
  type UpgradedSubresource,
  upgradedSubresources,
} from './subresource-handler.ts';
import { gitVersion } from './version.ts';

/** As kube-apiserver. */
const maxHeaderBytes = 1024 * 1024;
/** Idle keep-alive connections stay open this long, well above what clients' pools keep theirs. */
const keepAliveMs = 120_000;
const auditIdLimit = 64;

interface AuthorizedRequest {
  info: RequestInfo;
  user: UserInfo;
}

/** The HTTPS server: authentication, authorization, then the handler. */
export class ApiServer {
  readonly #context: ApiContext;
  readonly #server: https.Server;
  readonly #paths: PathsHandler;
  readonly #resources: ResourceHandler;
  readonly #subresources: SubresourceHandler;

  constructor(context: ApiContext, certificates: ClusterCertificates) {
    this.#context = context;
    this.#server = https.createServer({
      key: certificates.serving.key,
      cert: certificates.serving.certificate,
      ca: certificates.authority,
      requestCert: true,
      // A bad certificate is answered with a Status 401 by `authenticate`, not with a broken handshake.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: maxHeaderBytes,
    });
    const documents = new OpenApiDocuments(context.registry, context.schemas, gitVersion);
    this.#paths = new PathsHandler(context.registry, documents, () => `127.0.0.1:${this.port}`);
    const lister = new Lister(context.store, () => context.clock.now());
    this.#resources = new ResourceHandler(context, lister, new AppliedConfigurations(context.store));
    this.#subresources = new SubresourceHandler(context, this.#resources);
    this.#server.on('request', (request, response) => void this.#onRequest(request, response));
    this.#server.on('upgrade', (request, socket, head) => void this.#onUpgrade(request, socket, head));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Stops accepting and ends what is open. The owner aborts `context.closing` first, so that watches end in order. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      setImmediate(() => this.#server.closeAllConnections());
    });
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that goes away ends its response; nothing is left to tell it.
    response.on('error', () => response.destroy());
    try {
      response.setHeader('audit-id', auditId(request));
      const { info, user } = await this.#authorize(request);
      await this.#dispatch(request, response, info, user);
    } catch (error) {
      respondWithError(response, error);
    }
  }

  async #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const { info, user } = await this.#authorize(request);
      const { group, version, resource, subresource, rest } = info;
      const streams = group === '' && version === 'v1' && resource === 'pods' && rest.length === 0;
      if (!streams || !isUpgraded(subresource)) throw badRequest('this path does not upgrade');
      const target = streamingTarget(this.#context, { info, user });
      const { streaming } = this.#context;
      switch (subresource) {
        case 'exec':
          await streaming.exec(request, socket, head, target);
          break;
        case 'attach':
          await streaming.attach(request, socket, head, target);
          break;
        case 'portforward':
          await streaming.portForward(request, socket, head, target);
          break;
        default:
          subresource satisfies never;
      }
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  }

  /** @throws {StatusError} 400, 401, 403 */
  async #authorize(request: IncomingMessage): Promise<AuthorizedRequest> {
    const { authorizer, tokens } = this.#context;
    const sender = await authenticate(request, tokens);
    const info = requestInfo(request.method ?? '', request.url ?? '/');
    const user = impersonate(request.headers, sender, authorizer);
    const attributes = { ...info, path: info.kind === 'non-resource' ? info.path : undefined };
    const { allowed, reason } = authorizer.decide(user, attributes);
    if (!allowed) throw forbidden(user, attributes, reason);
    return { info, user };
  }

  async #dispatch(
    request: IncomingMessage,
    response: ServerResponse,
    info: RequestInfo,
    user: UserInfo,
  ): Promise<void> {
    if (info.kind === 'non-resource') return this.#paths.serve(request, response, info);
    if (info.rest.length > 0) throw pathNotFound();
    const { registry } = this.#context;
    const definition = registry.find(info.group, info.version, info.resource);
    if (definition) {
      checkScope(definition, info);
      const namespace = definition.namespaced ? info.namespace : '';
      const call: ResourceRequest = { request, response, info, user, namespace };
      if (info.subresource) return this.#subresources.serve(call, definition);
      return this.#resources.serve(call, definition, 'main');
    }
    const virtual = registry.findVirtual(info.group, info.version, info.resource);
    if (!virtual || info.subresource || info.name) throw pathNotFound();
    if (info.verb !== 'create') throw methodNotAllowed();
    const body = parseBody(await readBody(request));
    respondJson(response, 201, await answerReview(this.#context, user, virtual, info.namespace, body));
  }
}

function isUpgraded(subresource: string): subresource is UpgradedSubresource {
  return (upgradedSubresources as readonly string[]).includes(subresource);
}

/** The caller's own id where it sends one, as kube-apiserver keeps it. */
function auditId(request: IncomingMessage): string {
  const given = request.headers['audit-id'];
  return typeof given === 'string' && /^[\w.-]+$/.test(given) && given.length <= auditIdLimit ? given : randomUUID();
}
