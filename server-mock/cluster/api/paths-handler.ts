import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OpenApiDocuments } from '../openapi/documents.ts';
import { askedOpenApiV2, servedOpenApiV2 } from '../openapi/gnostic.ts';
import type { Registry } from '../resources/registry.ts';
import { methodNotAllowed, pathNotFound, StatusError } from '../status.ts';
import { apiGroup, apiResourceList, discoverRoot } from './discovery.ts';
import { noStore, respondJson } from './encoding.ts';
import { parseMediaType } from './presentation.ts';
import type { RequestInfo } from './request-info.ts';
import { versionInfo } from './version.ts';

const rootPaths = [
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
];

/** Everything that is not a resource: discovery, OpenAPI, version and health. */
export class PathsHandler {
  readonly #registry: Registry;
  readonly #documents: OpenApiDocuments;
  readonly #address: () => string;

  constructor(registry: Registry, documents: OpenApiDocuments, address: () => string) {
    this.#registry = registry;
    this.#documents = documents;
    this.#address = address;
  }

  /** @throws {StatusError} */
  serve(request: IncomingMessage, response: ServerResponse, info: RequestInfo): void {
    if (!['GET', 'HEAD'].includes(request.method ?? '')) throw methodNotAllowed();
    const path = info.path.length > 1 && info.path.endsWith('/') ? info.path.slice(0, -1) : info.path;
    const [first = '', ...rest] = path.slice(1).split('/');
    switch (first) {
      case '':
        respondJson(response, 200, { paths: this.#paths() });
        break;
      case 'api':
      case 'apis':
        this.#discover(request, response, first, rest);
        break;
      case 'version':
        if (rest.length > 0) throw pathNotFound();
        respondJson(response, 200, versionInfo);
        break;
      case 'healthz':
      case 'livez':
      case 'readyz':
        health(response, first, rest, info.query);
        break;
      case 'openapi':
        this.#openApi(request, response, rest);
        break;
      default:
        throw pathNotFound();
    }
  }

  #paths(): string[] {
    const groups = this.#registry.groupVersions().filter(({ group }) => group !== '');
    return [
      ...rootPaths,
      ...groups.flatMap(({ group, version }) => [`/apis/${group}`, `/apis/${group}/${version}`]),
    ].sort();
  }

  #discover(request: IncomingMessage, response: ServerResponse, root: 'api' | 'apis', rest: string[]): void {
    const [group = '', version = ''] = root === 'api' ? ['', rest[0]] : rest;
    if (rest.length === 0) {
      const { contentType, body } = discoverRoot(this.#registry, root, request.headers.accept, this.#address());
      const bytes = Buffer.from(JSON.stringify(body));
      response.writeHead(200, {
        'content-type': contentType,
        'content-length': bytes.length,
        vary: 'Accept',
        ...noStore,
      });
      response.end(bytes);
      return;
    }
    const body =
      root === 'apis' && rest.length === 1
        ? apiGroup(this.#registry, group)
        : apiResourceList(this.#registry, { group, version });
    if (!body) throw pathNotFound();
    respondJson(response, 200, body);
  }

  #openApi(request: IncomingMessage, response: ServerResponse, [version, ...rest]: string[]): void {
    if (version === 'v3') {
      const document = rest.length === 0 ? this.#documents.index() : this.#documents.v3(rest.join('/'));
      if (!document) throw pathNotFound();
      respondJson(response, 200, document);
      return;
    }
    if (version !== 'v2' || rest.length > 0) throw pathNotFound();
    for (const { type } of (request.headers.accept || '*/*').split(',').map(parseMediaType)) {
      if (type === askedOpenApiV2 || type === servedOpenApiV2) {
        const document = this.#documents.v2Protobuf();
        response.writeHead(200, { 'content-type': servedOpenApiV2, 'content-length': document.length, ...noStore });
        response.end(document);
        return;
      }
      if (['application/json', 'application/*', '*/*'].includes(type)) {
        respondJson(response, 200, this.#documents.v2());
        return;
      }
    }
    throw new StatusError(
      406,
      'NotAcceptable',
      `only the following media types are accepted: application/json, ${servedOpenApiV2}`,
      {},
    );
  }
}

function health(response: ServerResponse, check: string, rest: string[], query: URLSearchParams): void {
  if (rest.length > 0 && rest[0] !== 'ping') throw pathNotFound();
  const text = query.has('verbose') ? `[+]ping ok\n${check} check passed\n` : 'ok';
  response.writeHead(200, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    ...noStore,
  });
  response.end(text);
}
