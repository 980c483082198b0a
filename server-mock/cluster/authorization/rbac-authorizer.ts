import { listAt, textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { rbacGroup } from '../resources/rbac.ts';
import type { ObjectStore } from '../store.ts';
import type { UserInfo } from '../streaming-types.ts';
import { type Attributes, everything, type Rule, readRule, ruleAllows } from './rules.ts';

export const roles = `roles.${rbacGroup}`;
export const clusterRoles = `clusterroles.${rbacGroup}`;
export const roleBindings = `rolebindings.${rbacGroup}`;
export const clusterRoleBindings = `clusterrolebindings.${rbacGroup}`;

/** Members may do anything, even with every binding gone, as in kube-apiserver. */
export const privilegedGroup = 'system:masters';

export interface Decision {
  allowed: boolean;
  /** Why, as `kubectl auth can-i` and a SubjectAccessReview show it. */
  reason: string;
}

/**
 * Role-based access control over the roles and bindings in the store, read anew for each decision.
 *
 * @see plugin/pkg/auth/authorizer/rbac/rbac.go (v1.33)
 */
export class RbacAuthorizer {
  readonly #store: Pick<ObjectStore, 'list' | 'get'>;

  constructor(store: Pick<ObjectStore, 'list' | 'get'>) {
    this.#store = store;
  }

  decide(user: UserInfo, attributes: Attributes): Decision {
    if (user.groups.includes(privilegedGroup)) return { allowed: true, reason: '' };
    const missing: string[] = [];
    for (const { binding, rules, roleName } of this.#bound(user, attributes.namespace)) {
      if (rules === undefined) missing.push(roleName);
      else if (rules.some((rule) => ruleAllows(rule, attributes))) {
        return { allowed: true, reason: `RBAC: allowed by ${describeBinding(binding)}` };
      }
    }
    const reason = missing.map((name) => `${name} not found`).join(', ');
    return { allowed: false, reason: reason ? `RBAC: ${missing.length > 1 ? `[${reason}]` : reason}` : '' };
  }

  /** Every rule a user holds in a namespace (and, from cluster role bindings, everywhere). */
  rulesFor(user: UserInfo, namespace: string): Rule[] {
    if (user.groups.includes(privilegedGroup)) return [...everything];
    return [...this.#bound(user, namespace)].flatMap(({ rules }) => rules ?? []);
  }

  /** The rules of the role that a binding's roleRef names; undefined where there is none. */
  rulesOfRole(roleRef: unknown, namespace: string): Rule[] | undefined {
    const name = textAt(roleRef, 'name');
    const role =
      textAt(roleRef, 'kind') === 'Role'
        ? this.#store.get(roles, namespace, name)
        : this.#store.get(clusterRoles, '', name);
    return role && listAt(role, 'rules').map(readRule);
  }

  *#bound(user: UserInfo, namespace: string) {
    for (const binding of this.#store.list(clusterRoleBindings)) yield* this.#ifSubject(user, binding, '');
    if (namespace === '') return;
    for (const binding of this.#store.list(roleBindings, namespace)) yield* this.#ifSubject(user, binding, namespace);
  }

  *#ifSubject(user: UserInfo, binding: KubeObject, namespace: string) {
    if (!listAt(binding, 'subjects').some((subject) => isSubject(user, subject, namespace))) return;
    const kind = textAt(binding.roleRef, 'kind').toLowerCase();
    const roleName = `${kind}.${rbacGroup} "${textAt(binding.roleRef, 'name')}"`;
    yield { binding, rules: this.rulesOfRole(binding.roleRef, namespace), roleName };
  }
}

function isSubject(user: UserInfo, subject: unknown, bindingNamespace: string): boolean {
  const name = textAt(subject, 'name');
  switch (textAt(subject, 'kind')) {
    case 'User':
      return user.name === name;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount':
      return user.name === `system:serviceaccount:${textAt(subject, 'namespace') || bindingNamespace}:${name}`;
    default:
      return false;
  }
}

function describeBinding(binding: KubeObject): string {
  const { name, namespace } = binding.metadata;
  const shown = namespace ? `"${name}/${namespace}"` : `"${name}"`;
  const to = binding.kind;
  const ref = `${textAt(binding.roleRef, 'kind')} "${textAt(binding.roleRef, 'name')}"`;
  const subjects = listAt(binding, 'subjects').map(
    (subject) =>
      `${textAt(subject, 'kind')} "${[textAt(subject, 'name'), textAt(subject, 'namespace')].filter(Boolean).join('/')}"`,
  );
  return `${to} ${shown} of ${ref} to ${subjects.join(', ')}`;
}
