import { GatewayError } from '../errors.ts';
import { exactNameOf } from './field-selector.ts';
import { firstValues } from './query.ts';
import { splitTarget } from './target.ts';

/** What a request asks for, in Kubernetes' own terms. */
export type RequestAttributes =
  | {
      kind: 'resource';
      verb: string;
      apiGroup: string;
      apiVersion: string;
      resource: string;
      subresource: string;
      namespace: string;
      name: string;
      /** Percent-decoded path, as the API server reads it. */
      path: string;
    }
  | { kind: 'non-resource'; verb: string; path: string };

export type ResourceAttributes = Extract<RequestAttributes, { kind: 'resource' }>;

const verbOfMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

const namespaceSubresources = new Set(['status', 'finalize']);

/** Subresources of pods that run or reach something inside a container, whatever HTTP method opens them. */
const interactiveSubresources = new Set(['exec', 'attach', 'portforward']);

/** The same, and more, at a node's kubelet. @see Kubernetes, pkg/kubelet/server/server.go (InstallDebuggingHandlers) */
const kubeletStream = /^\/api\/[^/]+\/nodes\/[^/]+\/proxy\/+(?:exec|attach|run|cri|portForward)(?:\/|$)/;

/** Whether a request reaches past the API server into a container, by way of its node. */
export function runsAtKubelet({ resource, subresource, path }: ResourceAttributes): boolean {
  return resource === 'nodes' && subresource === 'proxy' && kubeletStream.test(path);
}

/**
 * Derives what a request asks for, the way kube-apiserver does, with one deliberate difference: exec, attach and
 * port-forward of pods always count as `create`, since kubectl 1.30 and later open them with GET (WebSocket, KEP-4006)
 * and earlier ones with POST (SPDY). Read by method, a role with nothing but `get` on everything would give a shell.
 * The API server did read them by method until 1.35, which asks for `create` on both. What a kubelet runs through
 * `nodes/proxy` counts as `create` for the same reason.
 *
 * @param method HTTP method, any case
 * @param target request target as received (`/api/v1/pods?watch=1`), percent-encoding untouched
 * @throws {GatewayError} `POSTERN_REQUEST_AMBIGUOUS` where two readings of the path are possible
 * @see Kubernetes apiserver, endpoints/request/requestinfo.go (v1.34)
 */
export function requestAttributes(method: string, target: string): RequestAttributes {
  const { path, segments, query } = splitTarget(target);
  const nonResource: RequestAttributes = { kind: 'non-resource', verb: method.toLowerCase(), path };

  const prefix = segments[0];
  if (segments.length < 3 || (prefix !== 'api' && prefix !== 'apis')) return nonResource;
  let parts = segments.slice(1);
  let apiGroup = '';
  if (prefix === 'apis') {
    if (parts.length < 3) return nonResource;
    apiGroup = parts[0]!;
    parts = parts.slice(1);
  }
  const apiVersion = parts[0]!;
  parts = parts.slice(1);

  let verb = verbOfMethod[method.toUpperCase()] ?? '';
  if (parts[0] === 'proxy' || parts[0] === 'watch') {
    if (parts.length < 2) throw new GatewayError('POSTERN_REQUEST_AMBIGUOUS', `${path} names no resource`);
    verb = parts[0];
    parts = parts.slice(1);
  }

  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]!;
    if (parts.length > 2 && !namespaceSubresources.has(parts[2]!)) parts = parts.slice(2);
  }

  const resource = parts[0]!;
  let name = parts[1] ?? '';
  const subresource = verb === 'proxy' ? '' : (parts[2] ?? '');

  if (name === '' && verb === 'get') {
    const asked = firstValues(query, ['watch', 'fieldSelector']);
    const watch = asked.get('watch');
    verb = watch === undefined || watch === '0' || watch.toLowerCase() === 'false' ? 'list' : 'watch';
    name = exactNameOf(asked.get('fieldSelector') ?? '') ?? '';
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  if (apiGroup === '' && resource === 'pods' && interactiveSubresources.has(subresource)) verb = 'create';

  const attributes: ResourceAttributes = {
    kind: 'resource',
    verb,
    apiGroup,
    apiVersion,
    resource,
    subresource,
    namespace,
    name,
    path,
  };
  if (runsAtKubelet(attributes)) attributes.verb = 'create';
  return attributes;
}
