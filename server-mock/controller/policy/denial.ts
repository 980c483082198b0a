import type { RequestAttributes } from './attributes.ts';

/** A grant and the role it gives. */
export interface GrantedRole {
  grant: string;
  role: string;
}

const namedGrants = 3;

/** The request as a phrase, in the words of Kubernetes' own Forbidden: `"delete" on "pods" in namespace "default"`. */
export function describeRequest(attributes: RequestAttributes): string {
  if (attributes.kind === 'non-resource') return `"${attributes.verb}" on path "${attributes.path}"`;
  const { verb, apiGroup, resource, subresource, namespace, name } = attributes;
  const type = `${resource}${apiGroup === '' ? '' : `.${apiGroup}`}${subresource === '' ? '' : `/${subresource}`}`;
  const which = name === '' ? '' : ` "${name}"`;
  const where = namespace === '' || resource === 'namespaces' ? '' : ` in namespace "${namespace}"`;
  return `"${verb}" on "${type}"${which}${where}`;
}

/** `grant "a" (role x) would`, or that none would; empty where nobody could tell. */
export function describeWouldAllow(wouldAllow: readonly GrantedRole[]): string {
  if (wouldAllow.length === 0) return 'no grant on this cluster would';
  const named = wouldAllow.slice(0, namedGrants).map(({ grant, role }) => `grant "${grant}" (role ${role})`);
  const more = wouldAllow.length - named.length;
  return `${named.join(' or ')}${more > 0 ? ` or ${more} more` : ''} would`;
}
