import type { PolicyRule } from '../../../proxy-core/contract/policy.ts';
import type { RequestAttributes } from './attributes.ts';
import { parameterName } from './query.ts';

/** Where agents keep every person's just-in-time account, and where an agent in the cluster runs and keeps its key. */
export const ownNamespace = 'postern-system';

const readingVerbs = new Set(['get', 'list', 'watch']);
/** Subresources that only show something. Whatever else there is runs, reaches or issues something. */
const shownSubresources = new Set(['', 'status', 'scale', 'log']);

/**
 * Whether a request would reach what Postern keeps in a cluster. Whoever may write there, run something there or ask for a
 * token there can act as everybody who has an account there, an administrator of the cluster included; whoever reads the
 * secrets there can act as the agent. Kubernetes' own `edit`, bound to the whole cluster, allows all of that.
 */
export function touchesOwnNamespace(attributes: RequestAttributes): boolean {
  if (attributes.kind !== 'resource' || attributes.namespace !== ownNamespace) return false;
  return (
    !readingVerbs.has(attributes.verb) ||
    !shownSubresources.has(attributes.subresource) ||
    (attributes.apiGroup === '' && attributes.resource === 'secrets')
  );
}

/** A rule that allows everything: there is nothing that its holder could gain in Postern's namespace. */
export function isUnlimited({ verbs, apiGroups, resources, resourceNames }: PolicyRule): boolean {
  return (
    verbs.includes('*') &&
    apiGroups?.includes('*') === true &&
    resources?.includes('*') === true &&
    !resourceNames?.length
  );
}

/**
 * The target as the API server may see it from somebody who is not to read the secrets in Postern's namespace: a list or
 * watch of the secrets of all namespaces leaves that one out. Every other target stays as it is.
 */
export function withoutOwnSecrets(target: string, attributes: RequestAttributes): string {
  if (attributes.kind !== 'resource' || attributes.namespace !== '') return target;
  if (attributes.apiGroup !== '' || attributes.resource !== 'secrets') return target;
  const [path = '', query = ''] = split(target);
  const isSelector = (pair: string) => parameterName(pair) === 'fieldSelector';
  const pairs = query.split('&').filter((pair) => pair !== '');
  const asked = pairs.find(isSelector);
  const value = asked?.includes('=') ? asked.slice(asked.indexOf('=') + 1) : '';
  // Ours first: a backslash at the end of what was asked would take the comma before it into its own value.
  const selector = `${encodeURIComponent(`metadata.namespace!=${ownNamespace}`)}${value === '' ? '' : `%2C${value}`}`;
  return `${path}?${[...pairs.filter((pair) => !isSelector(pair)), `fieldSelector=${selector}`].join('&')}`;
}

function split(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}
