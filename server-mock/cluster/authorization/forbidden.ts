import { qualified, StatusError } from '../status.ts';
import type { UserInfo } from '../streaming-types.ts';
import type { Attributes } from './rules.ts';

/**
 * A refusal as kube-apiserver words it.
 *
 * @see apiserver/pkg/endpoints/handlers/responsewriters/errors.go, Forbidden (v1.33)
 */
export function forbidden(user: UserInfo, attributes: Attributes, reason = ''): StatusError {
  const why = `${whatIsRefused(user, attributes)}${reason ? `: ${reason}` : ''}`;
  if (attributes.path !== undefined) return new StatusError(403, 'Forbidden', `forbidden: ${why}`, {});
  return forbiddenBecause(attributes, attributes.name, why);
}

/** A refusal that is not RBAC's: admission, escalation. */
export function forbiddenBecause(of: { resource: string; group: string }, name: string, why: string): StatusError {
  const what = name ? `${qualified(of)} "${name}"` : qualified(of);
  return new StatusError(403, 'Forbidden', `${what} is forbidden: ${why}`, {
    ...(name ? { name } : {}),
    ...(of.group ? { group: of.group } : {}),
    kind: of.resource,
  });
}

function whatIsRefused(user: UserInfo, { verb, path, resource, subresource, group, namespace }: Attributes): string {
  if (path !== undefined) return `User "${user.name}" cannot ${verb} path "${path}"`;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  return `User "${user.name}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
}
