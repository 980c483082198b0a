import type { PolicyRule } from '../../../proxy-core/contract/policy.ts';
import type { RequestAttributes } from './attributes.ts';

/**
 * Whether one RBAC rule allows a request.
 *
 * @see Kubernetes, pkg/apis/rbac/v1/evaluation_helpers.go and plugin/pkg/auth/authorizer/rbac/rbac.go (RuleAllows)
 */
export function ruleAllows(rule: PolicyRule, attributes: RequestAttributes): boolean {
  if (!matchesOrAll(rule.verbs, attributes.verb)) return false;
  if (attributes.kind === 'non-resource') return nonResourceUrlMatches(rule, attributes.path);
  return (
    matchesOrAll(rule.apiGroups, attributes.apiGroup) &&
    resourceMatches(rule, attributes.resource, attributes.subresource) &&
    resourceNameMatches(rule, attributes.name)
  );
}

/** By rule: a role's are asked for at every request. */
const descriptions = new WeakMap<PolicyRule, string>();

/** One line for people and logs: `pods,pods/log: get,list,watch`, `deployments.apps (web): patch`, `/metrics: get`. */
export function describeRule(rule: PolicyRule): string {
  let description = descriptions.get(rule);
  if (description === undefined) {
    description = descriptionOf(rule);
    descriptions.set(rule, description);
  }
  return description;
}

function descriptionOf(rule: PolicyRule): string {
  const groups = rule.apiGroups ?? [];
  const resources = (rule.resources ?? []).flatMap((resource) =>
    groups.length === 0 ? [resource] : groups.map((group) => qualify(resource, group)),
  );
  const names = rule.resourceNames?.length ? ` (${rule.resourceNames.join(',')})` : '';
  const what = [...(resources.length ? [`${resources.join(',')}${names}`] : []), ...(rule.nonResourceURLs ?? [])];
  return `${what.join(',')}: ${rule.verbs.join(',')}`;
}

function qualify(resource: string, group: string): string {
  return group === '' || (group === '*' && resource === '*') ? resource : `${resource}.${group}`;
}

function matchesOrAll(allowed: readonly string[] | undefined, asked: string): boolean {
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(asked));
}

function resourceMatches(rule: PolicyRule, resource: string, subresource: string): boolean {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  return (rule.resources ?? []).some(
    (allowed) => allowed === '*' || allowed === combined || (subresource !== '' && allowed === `*/${subresource}`),
  );
}

function resourceNameMatches(rule: PolicyRule, name: string): boolean {
  return !rule.resourceNames?.length || rule.resourceNames.includes(name);
}

function nonResourceUrlMatches(rule: PolicyRule, path: string): boolean {
  return (rule.nonResourceURLs ?? []).some(
    (allowed) => allowed === '*' || allowed === path || (allowed.endsWith('*') && path.startsWith(trimStars(allowed))),
  );
}

function trimStars(url: string): string {
  return url.replace(/\*+$/, '');
}
