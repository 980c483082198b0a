import { ProxyError } from './errors.ts';

/** What a request's target names: a cluster, perhaps a role, and the rest for the Kubernetes API. */
export interface ProxyPath {
  cluster: string;
  /** Undefined: the cluster's default role. */
  role: string | undefined;
  /** With its query, percent-encoding untouched; starts with `/`. */
  kubernetesTarget: string;
}

/** Kubernetes' rule for names, as in the contract's `resourceName`: nothing that could need decoding. */
const name = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const form = new RegExp(`^/clusters/(${name})(?:/roles/(${name}))?(?=[/?]|$)(.*)$`, 's');
/** A path segment that some reader takes for `.` or `..`, however it is written. */
const dotSegment = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=$|[/\\]|%2f|%5c)/i;
/** What a target may consist of (RFC 3986, and the few more that browsers send); above all no space and no control character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\u0000-\u0020\u007f-\uffff#\\]/;

/**
 * Reads the request target of a tool whose token was written for one context. `kubectl get --raw /healthz` drops the path
 * of the kubeconfig's server, so that only the token tells which cluster is meant.
 *
 * @throws {ProxyError} `POSTERN_PROXY_REQUEST_INVALID`
 */
export function parseTarget(
  target: string,
  context: { cluster: string; role: string | undefined } | undefined,
): ProxyPath {
  if (context === undefined || !target.startsWith('/') || /^\/clusters(?=[/?]|$)/.test(target))
    return parsePath(target);
  return parsePath(
    `/clusters/${context.cluster}${context.role === undefined ? '' : `/roles/${context.role}`}${target}`,
  );
}

/**
 * Reads `/clusters/<cluster>[/roles/<role>]/<kubernetes path>[?query]`. Nothing is decoded or normalised: a path that two
 * readers could take differently is refused.
 *
 * @param target the request target as received
 * @throws {ProxyError} `POSTERN_PROXY_REQUEST_INVALID`
 */
export function parsePath(target: string): ProxyPath {
  if (forbidden.test(target)) throw invalid('the path holds characters that a URL cannot have');
  const question = target.indexOf('?');
  if (dotSegment.test(question < 0 ? target : target.slice(0, question))) {
    throw invalid('the path holds "." or ".." segments');
  }
  const [, cluster, role, rest] = form.exec(target) ?? [];
  if (cluster === undefined || rest === undefined || (role === undefined && /^\/roles(?=[/?]|$)/.test(rest))) {
    throw invalid('the path does not start with /clusters/<cluster> or /clusters/<cluster>/roles/<role>');
  }
  return { cluster, role, kubernetesTarget: rest.startsWith('/') ? rest : `/${rest}` };
}

/** The one form that the gateway is sent. */
export function gatewayTarget(cluster: string, role: string, kubernetesTarget: string): string {
  return `/clusters/${cluster}/roles/${role}${kubernetesTarget}`;
}

function invalid(message: string): ProxyError {
  return new ProxyError('POSTERN_PROXY_REQUEST_INVALID', message, {
    hint: 'use the server address in the kubeconfig that Postern wrote',
  });
}
