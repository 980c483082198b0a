import type { PolicyRule, RoleSpec } from '../../../proxy-core/contract/policy.ts';

/**
 * How much a role lets its holder do, as a rank: the role used where a context names none is the weakest that is held,
 * so that nobody deletes by habit what they meant to read (design section 7, `--as`).
 *
 * 0 reads only; 1 changes named things; 2 is unknown until asked or manages access (another ClusterRole, a service
 * account of the cluster's own); 3 may do everything. The rank orders, it never decides a request.
 */
export function strengthOf(spec: RoleSpec): number {
  if (spec.rules) return strengthOfRules(spec.rules);
  switch (spec.clusterRole) {
    case 'view':
      return 0;
    case 'edit':
      return 1;
    case 'cluster-admin':
      return 3;
    default:
      return 2;
  }
}

const readingVerbs = new Set(['get', 'list', 'watch', 'head']);

function strengthOfRules(rules: readonly PolicyRule[]): number {
  if (rules.every((rule) => rule.verbs.every((verb) => readingVerbs.has(verb)))) return 0;
  const isUnlimited = rules.some((rule) => rule.verbs.includes('*') && rule.resources?.includes('*'));
  return isUnlimited ? 3 : 1;
}
