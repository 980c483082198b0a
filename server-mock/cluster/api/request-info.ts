import { badRequest } from '../status.ts';

/** What a request asks for, as authorization and the handlers see it. */
export interface RequestInfo {
  kind: 'resource' | 'non-resource';
  /** Decoded path. */
  path: string;
  query: URLSearchParams;
  /** `get`, `list`, … for resources; the lower-case method for the rest. */
  verb: string;
  group: string;
  version: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
  /** Path segments after the subresource, which no resource here has. */
  rest: readonly string[];
}

const verbOfMethod: Record<string, string> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * @param method HTTP method
 * @param target request target as received
 * @throws {StatusError} 400 for a target that cannot be read in one way only
 * @see apiserver/pkg/endpoints/request/requestinfo.go (v1.33)
 */
export function requestInfo(method: string, target: string): RequestInfo {
  const [rawPath = '', ...rawQuery] = target.split('?');
  const query = new URLSearchParams(rawQuery.join('?'));
  const segments = rawPath.split('/').slice(1).map(decodeSegment);
  if (segments.at(-1) === '') segments.pop();
  const info: RequestInfo = {
    kind: 'non-resource',
    path: `/${segments.join('/')}${rawPath.endsWith('/') && segments.length > 0 ? '/' : ''}`,
    query,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    rest: [],
  };
  const [prefix, ...parts] = segments;
  if (prefix !== 'api' && prefix !== 'apis') return info;
  if (prefix === 'apis') {
    if (parts.length < 3) return info;
    info.group = parts.shift() ?? '';
  } else if (parts.length < 2) {
    return info;
  }
  info.version = parts.shift() ?? '';
  info.kind = 'resource';
  info.verb = verbOfMethod[method] ?? '';
  readNames(info, parts);
  refineVerb(info);
  return info;
}

function decodeSegment(segment: string, index: number, all: string[]): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch (cause) {
    throw Object.assign(badRequest(`the request path has a malformed percent-encoding: ${segment}`), { cause });
  }
  const last = index === all.length - 1;
  if (
    decoded === '.' ||
    decoded === '..' ||
    decoded.includes('/') ||
    decoded.includes('\0') ||
    (!last && decoded === '')
  ) {
    throw badRequest('the request path has an empty, relative or slash-encoding segment');
  }
  return decoded;
}

function readNames(info: RequestInfo, parts: string[]): void {
  if (parts[0] === 'namespaces' && parts.length > 1) {
    info.namespace = parts[1] ?? '';
    // `status` and `finalize` are subresources of the namespace; anything else is a resource in it.
    if (parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '')) parts.splice(0, 2);
  }
  const [resource = '', name = '', subresource = '', ...rest] = parts;
  Object.assign(info, { resource, name, subresource, rest });
}

function refineVerb(info: RequestInfo): void {
  if (info.name === '' && info.verb === 'get') {
    info.verb = isTrue(info.query.get('watch')) ? 'watch' : 'list';
    const selected = /^metadata\.name=([^,=!]+)$/.exec(info.query.get('fieldSelector') ?? '')?.[1];
    if (selected) info.name = selected;
    return;
  }
  if (info.name === '' && info.verb === 'delete') info.verb = 'deletecollection';
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}
