import { GatewayError } from '../errors.ts';

/** A request target taken apart: the decoded path, its segments, and the query as it came. */
export interface SplitTarget {
  path: string;
  segments: string[];
  query: string;
}

/** Longer than any path Kubernetes serves; kube-apiserver's own bound on a whole header is 1 MiB. */
const maxTargetBytes = 64 * 1024;

/**
 * Takes a request target apart once, and refuses every form that some reader on the way could take for another path:
 * encoded slashes, percent signs and backslashes, dot segments (also encoded), empty segments, absolute and asterisk
 * forms, fragments, control and non-ASCII characters. Ordinary encoding (`system%3Anode`, as JavaScript clients write
 * it) is decoded, as kube-apiserver does.
 *
 * What follows `…/{pods|services|nodes}/{name}/proxy/` belongs to the program behind it and plays no part in the
 * attributes, so empty segments and encoded slashes are its own affair; dot segments are refused there too.
 *
 * @throws {GatewayError} `POSTERN_REQUEST_AMBIGUOUS`
 */
export function splitTarget(target: string): SplitTarget {
  if (target.length > maxTargetBytes) throw ambiguous('is too long');
  if (!target.startsWith('/')) throw ambiguous('does not start with "/"');
  if (/[^\x21-\x7e]|[#\\]/.test(target)) throw ambiguous('holds a character that does not belong in a path');
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  if (rawPath === '/') return { path: '/', segments: [], query };

  const raw = rawPath.slice(1).split('/');
  const tail = startOfProxyTail(raw);
  const segments = raw.map((segment, index) => decodeSegment(segment, index >= tail));
  // One trailing slash is read as none, as upstream does; it stays in the path of a non-resource request.
  const trailingSlash = segments.at(-1) === '' && segments.length <= tail;
  if (trailingSlash) segments.pop();
  if (segments.slice(0, tail).includes('')) throw ambiguous('has an empty segment');
  return { path: `/${segments.join('/')}${trailingSlash ? '/' : ''}`, segments, query };
}

/** Index of the first segment after `/proxy/` of a pod, service or node; beyond the end where there is none. */
function startOfProxyTail(raw: readonly string[]): number {
  const isNamespaced =
    raw[0] === 'api' && raw[2] === 'namespaces' && (raw[4] === 'pods' || raw[4] === 'services') && raw[6] === 'proxy';
  if (isNamespaced) return 7;
  return raw[0] === 'api' && raw[2] === 'nodes' && raw[4] === 'proxy' ? 5 : Number.POSITIVE_INFINITY;
}

function decodeSegment(raw: string, inProxyTail: boolean): string {
  // Nothing is hidden in most.
  if (!raw.includes('%')) {
    if (raw === '.' || raw === '..') throw ambiguous('has a dot segment');
    return raw;
  }
  let segment: string;
  try {
    segment = decodeURIComponent(raw);
  } catch (cause) {
    throw ambiguous('has broken percent-encoding', cause);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f\\]/.test(segment)) throw ambiguous('hides a control character or backslash');
  if (segment.split('/').some((part) => part === '.' || part === '..')) throw ambiguous('has a dot segment');
  if (!inProxyTail && /[/%]/.test(segment)) throw ambiguous('hides a "/" or "%" behind percent-encoding');
  return segment;
}

function ambiguous(what: string, cause?: unknown): GatewayError {
  return new GatewayError('POSTERN_REQUEST_AMBIGUOUS', `the request path ${what}`, { cause });
}
