import type { IncomingHttpHeaders } from 'node:http';
import { forbidden } from '../authorization/forbidden.ts';
import type { RbacAuthorizer } from '../authorization/rbac-authorizer.ts';
import type { Attributes } from '../authorization/rules.ts';
import { badRequest } from '../status.ts';
import type { UserInfo } from '../streaming-types.ts';

const extraPrefix = 'impersonate-extra-';

/**
 * The user a request acts as: another one where it carries impersonation headers and its sender may.
 *
 * @throws {StatusError} 400 for groups or extras without a user, 403
 * @see apiserver/pkg/endpoints/filters/impersonation.go (v1.33)
 */
export function impersonate(headers: IncomingHttpHeaders, user: UserInfo, authorizer: RbacAuthorizer): UserInfo {
  const name = one(headers['impersonate-user']);
  const groups = many(headers['impersonate-group']);
  const uid = one(headers['impersonate-uid']);
  const extras = Object.entries(headers).filter(([header]) => header.startsWith(extraPrefix));
  if (name === undefined) {
    if (groups.length === 0 && uid === undefined && extras.length === 0) return user;
    throw badRequest('requested impersonation of groups, uid or extra fields without impersonating a user');
  }
  const check = (attributes: Partial<Attributes>) => {
    const complete = { ...impersonation, ...attributes };
    const { allowed, reason } = authorizer.decide(user, complete);
    if (!allowed) throw forbidden(user, complete, reason);
  };
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name);
  if (account) check({ resource: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? '' });
  else check({ resource: 'users', name });
  for (const group of groups) check({ resource: 'groups', name: group });
  if (uid !== undefined) check({ group: authentication, resource: 'uids', name: uid });
  const extra: Record<string, string[]> = {};
  for (const [header, value] of extras) {
    const key = extraKey(header);
    const values = many(value);
    for (const each of values) {
      check({ group: authentication, resource: 'userextras', subresource: key, name: each });
    }
    extra[key] = values;
  }
  return { name, ...(uid ? { uid } : {}), groups: withDefaultGroups(name, account?.[1], groups), extra };
}

/** As it stands where its percent-encoding is malformed, like kube-apiserver. */
function extraKey(header: string): string {
  const key = header.slice(extraPrefix.length);
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

const authentication = 'authentication.k8s.io';

const impersonation: Attributes = {
  verb: 'impersonate',
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  path: undefined,
};

function withDefaultGroups(name: string, accountNamespace: string | undefined, groups: string[]): string[] {
  const all = [...groups];
  if (accountNamespace && groups.length === 0) {
    all.push('system:serviceaccounts', `system:serviceaccounts:${accountNamespace}`);
  }
  if (name !== 'system:anonymous' && !all.includes('system:unauthenticated')) all.push('system:authenticated');
  return [...new Set(all)];
}

function one(value: string | string[] | undefined): string | undefined {
  return many(value)[0];
}

/** Node joins repeated headers by a comma and a space. */
function many(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return [value]
    .flat()
    .flatMap((each) => each.split(/,\s*/))
    .filter((each) => each !== '');
}
