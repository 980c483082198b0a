import { textsAt } from '../json.ts';

/** `rbacv1.PolicyRule` with every list present. */
export interface Rule {
  verbs: string[];
  apiGroups: string[];
  resources: string[];
  resourceNames: string[];
  nonResourceURLs: string[];
}

/** What one request needs. */
export interface Attributes {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  /** Set for a request outside of the resources; the fields above but `verb` are then empty. */
  path: string | undefined;
}

/** What `cluster-admin` holds. */
export const everything: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
];

export function readRule(value: unknown): Rule {
  return {
    verbs: textsAt(value, 'verbs'),
    apiGroups: textsAt(value, 'apiGroups'),
    resources: textsAt(value, 'resources'),
    resourceNames: textsAt(value, 'resourceNames'),
    nonResourceURLs: textsAt(value, 'nonResourceURLs'),
  };
}

/** @see pkg/apis/rbac/v1/evaluation_helpers.go (v1.33) */
export function ruleAllows(rule: Rule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if (attributes.path !== undefined) return rule.nonResourceURLs.some((url) => urlMatches(url, attributes.path ?? ''));
  return (
    includes(rule.apiGroups, attributes.group) &&
    rule.resources.some((resource) => resourceMatches(resource, attributes.resource, attributes.subresource)) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name))
  );
}

function includes(values: string[], wanted: string): boolean {
  return values.includes('*') || values.includes(wanted);
}

function resourceMatches(rule: string, resource: string, subresource: string): boolean {
  if (rule === '*') return true;
  if (rule === (subresource ? `${resource}/${subresource}` : resource)) return true;
  return subresource !== '' && rule === `*/${subresource}`;
}

function urlMatches(rule: string, path: string): boolean {
  if (rule === '*' || rule === path) return true;
  return rule.endsWith('*') && path.startsWith(rule.slice(0, -1));
}

/**
 * The atomic rules of `wanted` that `owned` does not cover: what somebody would be granting without holding it.
 *
 * @see component-helpers/auth/rbac/validation/policy_comparator.go (v1.33)
 */
export function uncovered(owned: readonly Rule[], wanted: readonly Rule[]): Rule[] {
  return wanted.flatMap(breakDown).filter((atom) => !owned.some((rule) => covers(rule, atom)));
}

function breakDown(rule: Rule): Rule[] {
  const atoms: Rule[] = [];
  const empty: Rule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs) atoms.push({ ...empty, verbs: [verb], nonResourceURLs: [url] });
    for (const group of rule.apiGroups) {
      for (const resource of rule.resources) {
        const atom = { ...empty, verbs: [verb], apiGroups: [group], resources: [resource] };
        if (rule.resourceNames.length === 0) atoms.push(atom);
        else for (const name of rule.resourceNames) atoms.push({ ...atom, resourceNames: [name] });
      }
    }
  }
  return atoms;
}

/** `atom` has at most one value in every list. */
function covers(owner: Rule, atom: Rule): boolean {
  const has = (list: string[], value: string | undefined) =>
    value !== undefined && (list.includes('*') || list.includes(value));
  if (!has(owner.verbs, atom.verbs[0])) return false;
  const [url] = atom.nonResourceURLs;
  if (url !== undefined) return owner.nonResourceURLs.some((rule) => urlMatches(rule, url));
  const resource = atom.resources[0] ?? '';
  const slash = resource.indexOf('/');
  const anySubresource = slash === -1 ? undefined : `*${resource.slice(slash)}`;
  if (!has(owner.apiGroups, atom.apiGroups[0])) return false;
  if (!has(owner.resources, resource) && !(anySubresource && owner.resources.includes(anySubresource))) return false;
  if (owner.resourceNames.length === 0) return true;
  return atom.resourceNames[0] !== undefined && owner.resourceNames.includes(atom.resourceNames[0]);
}

/** As the escalation message writes a rule: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function describeRule(rule: Rule): string {
  const parts: string[] = [];
  const add = (title: string, values: string[]) => {
    if (values.length > 0) parts.push(`${title}:[${values.map((value) => JSON.stringify(value)).join(', ')}]`);
  };
  add('APIGroups', rule.apiGroups);
  add('Resources', rule.resources);
  add('ResourceNames', rule.resourceNames);
  add('NonResourceURLs', rule.nonResourceURLs);
  add('Verbs', rule.verbs);
  return `{${parts.join(', ')}}`;
}
