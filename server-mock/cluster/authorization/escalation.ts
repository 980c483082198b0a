import { at, isRecord, listAt, textAt } from '../json.ts';
import type { ResourceDefinition } from '../resources/definition.ts';
import { rbacGroup } from '../resources/rbac.ts';
import type { UserInfo } from '../streaming-types.ts';
import { forbiddenBecause } from './forbidden.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';
import { type Attributes, describeRule, everything, type Rule, readRule, uncovered } from './rules.ts';

/**
 * Nobody grants what they do not hold: a role's rules, or those of the role a binding names, must be covered by the
 * writer's own, unless they may `escalate` the role or `bind` it.
 *
 * @throws {StatusError} 403
 * @see pkg/registry/rbac/{clusterrole,rolebinding}/policybased/storage.go (v1.33)
 */
export function refuseEscalation(
  authorizer: RbacAuthorizer,
  user: UserInfo,
  definition: Pick<ResourceDefinition, 'group' | 'resource'>,
  draft: unknown,
  namespace: string,
): void {
  if (definition.group !== rbacGroup) return;
  const name = textAt(draft, 'metadata', 'name');
  const may = (verb: string, resource: string, of: string) =>
    authorizer.decide(user, attributes(verb, resource, namespace, of)).allowed;
  let wanted: readonly Rule[];
  if (definition.resource === 'roles' || definition.resource === 'clusterroles') {
    if (may('escalate', definition.resource, name)) return;
    // What an aggregated role will hold is decided by others' labels, so only who holds everything may make one.
    wanted = isRecord(at(draft, 'aggregationRule')) ? everything : listAt(draft, 'rules').map(readRule);
  } else {
    const roleRef = (draft as { roleRef?: unknown }).roleRef;
    const roleName = textAt(roleRef, 'name');
    const role = textAt(roleRef, 'kind') === 'Role' ? 'roles' : 'clusterroles';
    if (may('bind', role, roleName)) return;
    const held = authorizer.rulesOfRole(roleRef, namespace);
    if (held === undefined) throw missingRole(definition, name, user, role, roleName);
    wanted = held;
  }
  const missing = uncovered(authorizer.rulesFor(user, namespace), wanted);
  if (missing.length === 0) return;
  const list = [...new Set(compact(missing).map(describeRule))].sort().join('\n');
  throw forbiddenBecause(
    definition,
    name,
    `user ${JSON.stringify(user.name)} (groups=${formatGroups(user)}) is attempting to grant RBAC permissions not currently held:\n${list}`,
  );
}

function attributes(verb: string, resource: string, namespace: string, name: string): Attributes {
  return { verb, group: rbacGroup, resource, subresource: '', namespace, name, path: undefined };
}

function formatGroups(user: UserInfo): string {
  return `[${user.groups.map((group) => JSON.stringify(group)).join(' ')}]`;
}

function missingRole(
  definition: Pick<ResourceDefinition, 'group' | 'resource'>,
  name: string,
  user: UserInfo,
  role: string,
  roleName: string,
) {
  return forbiddenBecause(
    definition,
    name,
    `user ${JSON.stringify(user.name)} (groups=${formatGroups(user)}) is attempting to grant RBAC permissions not currently held: ${role}.${rbacGroup} "${roleName}" not found`,
  );
}

/** Joins atoms that differ in their verb only, for a message that a person can read. */
function compact(atoms: Rule[]): Rule[] {
  const merged = new Map<string, Rule>();
  for (const atom of atoms) {
    const key = JSON.stringify({ ...atom, verbs: [] });
    const present = merged.get(key);
    if (present) present.verbs.push(...atom.verbs);
    else merged.set(key, { ...atom, verbs: [...atom.verbs] });
  }
  return [...merged.values()];
}
