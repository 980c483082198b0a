import type { HeldRole } from '../../../proxy-core/contract/clusters.ts';
import { durationMs } from '../../../proxy-core/contract/duration.ts';
import type {
  ClusterDocument,
  GrantDocument,
  PolicyDocument,
  PolicyRule,
  RoleDocument,
} from '../../../proxy-core/contract/policy.ts';
import type { RequestAttributes } from './attributes.ts';
import { baseRules } from './base-rules.ts';
import { describeRequest, describeWouldAllow, type GrantedRole } from './denial.ts';
import { isUnlimited, touchesOwnNamespace } from './own-namespace.ts';
import { describeRule, ruleAllows } from './rbac.ts';
import { type ClusterFacts, selectsCluster } from './selector.ts';
import { strengthOf } from './strength.ts';

/** A person as policy sees them. */
export interface UserFacts {
  name: string;
  groups: readonly string[];
}

/**
 * The rules of a role that names an existing ClusterRole, as the cluster has them now; undefined where they are not
 * known (agent away, no such ClusterRole). Called with the Postern role's name, and only for such roles.
 */
export type RulesOf = (roleName: string) => readonly PolicyRule[] | undefined;

export type Decision =
  | { kind: 'allowed'; grant: string; role: string /** As {@link describeRule} writes it. */; rule: string }
  | { kind: 'denied' /** A sentence without full stop. */; reason: string; wouldAllow: GrantedRole[] };

const recordStrictness = { off: 0, 'best-effort': 1, required: 2 } as const;

/**
 * Every Cluster, Role and Grant as one immutable thing that answers who may do what. Default deny: what no grant gives
 * is denied, a grant whose role is missing gives nothing. A change of policy makes a new set.
 */
export class PolicySet {
  readonly #clusters: ReadonlyMap<string, ClusterDocument>;
  readonly #roles: ReadonlyMap<string, RoleDocument>;
  readonly #grants: readonly GrantDocument[];
  readonly #grantsOfGroup = new Map<string, GrantDocument[]>();
  readonly #grantsOfUser = new Map<string, GrantDocument[]>();
  /** What {@link heldRoles} has found, for as long as the very same groups and labels are asked about. */
  readonly #heldRoles = new WeakMap<readonly string[], Map<string, { labels: object; roles: HeldRole[] }>>();

  private constructor(documents: readonly PolicyDocument[]) {
    const clusters = new Map<string, ClusterDocument>();
    const roles = new Map<string, RoleDocument>();
    const grants = new Map<string, GrantDocument>();
    for (const document of structuredClone(documents)) {
      if (document.kind === 'Cluster') clusters.set(document.metadata.name, document);
      else if (document.kind === 'Role') roles.set(document.metadata.name, document);
      else grants.set(document.metadata.name, document);
    }
    this.#clusters = clusters;
    this.#roles = roles;
    this.#grants = [...grants.values()].sort((a, b) => compareText(a.metadata.name, b.metadata.name));
    for (const grant of this.#grants) {
      for (const group of grant.spec.subjects.groups ?? []) addTo(this.#grantsOfGroup, group, grant);
      for (const user of grant.spec.subjects.users ?? []) addTo(this.#grantsOfUser, user, grant);
    }
  }

  /** @param documents at most one per kind and name (of several, the last counts) */
  static from(documents: readonly PolicyDocument[]): PolicySet {
    return new PolicySet(documents);
  }

  role(name: string): RoleDocument | undefined {
    return this.#roles.get(name);
  }

  cluster(name: string): ClusterDocument | undefined {
    return this.#clusters.get(name);
  }

  grant(name: string): GrantDocument | undefined {
    return this.#grants.find((grant) => grant.metadata.name === name);
  }

  /**
   * The roles that a user holds on a cluster, the default one first: weakest by {@link strengthOf}, one bound to
   * namespaces before one for the whole cluster, then by name.
   *
   * Where several grants give the same role, grants add up as everywhere in RBAC, so the least demanding one counts: no
   * reason asked, then the laxer recording, then the longer maximum and idle times, then by name.
   */
  heldRoles(user: UserFacts, cluster: ClusterFacts): readonly HeldRole[] {
    let ofUser = this.#heldRoles.get(user.groups);
    if (ofUser === undefined) {
      ofUser = new Map();
      this.#heldRoles.set(user.groups, ofUser);
    }
    const key = `${user.name}\n${cluster.name}`;
    const known = ofUser.get(key);
    if (known?.labels === cluster.labels) return known.roles;
    const roles = this.#findHeldRoles(user, cluster);
    ofUser.set(key, { labels: cluster.labels, roles });
    return roles;
  }

  #findHeldRoles(user: UserFacts, cluster: ClusterFacts): HeldRole[] {
    const grantOfRole = new Map<string, GrantDocument>();
    for (const grant of this.#grantsOf(user)) {
      if (!this.#roles.has(grant.spec.role) || !selectsCluster(grant.spec.clusters, cluster)) continue;
      const other = grantOfRole.get(grant.spec.role);
      if (!other || compareDemands(grant, other) < 0) grantOfRole.set(grant.spec.role, grant);
    }
    return [...grantOfRole.values()]
      .map((grant) => ({ grant, role: this.#roles.get(grant.spec.role)! }))
      .sort((a, b) => compareStrength(a.role, b.role))
      .map(({ grant, role }, index) => heldRole(grant, role, index === 0));
  }

  /**
   * Decides one request of one user on one cluster under one role. A role bound to namespaces allows only requests
   * within them. A role that names the cluster's own service account has no rules here: it leaves the decision to that
   * account's RBAC, within its namespaces. What Postern keeps in the cluster is out of every role's reach but that of one
   * {@link mayEverything that may do everything} anyway.
   *
   * A denial names the grants on this cluster that would allow the request, the user's own first.
   */
  decide(
    user: UserFacts,
    cluster: ClusterFacts,
    roleName: string,
    attributes: RequestAttributes,
    rulesOf: RulesOf,
  ): Decision {
    const held = this.heldRoles(user, cluster);
    const used = held.find((role) => role.role === roleName);
    const verdict = used && this.#judge(used.role, attributes, rulesOf);
    if (used && (verdict?.kind === 'allows' || verdict?.kind === 'delegates')) {
      return { kind: 'allowed', grant: used.grant, role: used.role, rule: verdict.rule };
    }

    const allows = (role: string) => this.#judge(role, attributes, rulesOf).kind === 'allows';
    const own = held
      .filter(({ role }) => role !== roleName && allows(role))
      .map(({ grant, role }) => ({ grant, role }));
    const ownRoles = new Set(held.map(({ role }) => role));
    const others = this.#grants
      .filter(({ spec }) => !ownRoles.has(spec.role) && selectsCluster(spec.clusters, cluster) && allows(spec.role))
      .map(({ metadata, spec }) => ({ grant: metadata.name, role: spec.role }));

    const asked = `${describeRequest(attributes)} in cluster "${cluster.name}"`;
    const reason = !used
      ? `${user.name} holds no role "${roleName}" in cluster "${cluster.name}"`
      : verdict?.kind === 'unknown'
        ? `the rules of role "${roleName}" in cluster "${cluster.name}" are not known now, so ${describeRequest(attributes)} is not allowed`
        : own.length > 0
          ? `role "${roleName}" of ${user.name} does not allow ${asked}; their ${describeWouldAllow(own)}`
          : `no grant of ${user.name} allows ${asked}; ${describeWouldAllow(others)}`;
    return { kind: 'denied', reason, wouldAllow: [...own, ...others] };
  }

  /** Whether a role allows everything in the whole cluster, as far as its rules are known. */
  mayEverything(roleName: string, rulesOf: RulesOf): boolean {
    const spec = this.#roles.get(roleName)?.spec;
    if (!spec || spec.serviceAccount || spec.namespaces) return false;
    return (spec.rules ?? rulesOf(roleName) ?? []).some(isUnlimited);
  }

  #grantsOf(user: UserFacts): Set<GrantDocument> {
    const lists = [this.#grantsOfUser.get(user.name), ...user.groups.map((group) => this.#grantsOfGroup.get(group))];
    return new Set(lists.flatMap((list) => list ?? []));
  }

  #judge(roleName: string, attributes: RequestAttributes, rulesOf: RulesOf): Verdict {
    const role = this.#roles.get(roleName);
    if (!role) return { kind: 'refuses' };
    const base = baseRules.find((rule) => ruleAllows(rule, attributes));
    if (base) return { kind: 'allows', rule: describeRule(base) };

    const { rules, serviceAccount, namespaces } = role.spec;
    if (namespaces && (attributes.kind === 'non-resource' || !namespaces.includes(attributes.namespace))) {
      return { kind: 'refuses' };
    }
    if (touchesOwnNamespace(attributes) && !this.mayEverything(roleName, rulesOf)) return { kind: 'refuses' };
    if (serviceAccount) {
      return { kind: 'delegates', rule: `what service account ${serviceAccount.namespace}/${serviceAccount.name} may` };
    }
    const known = rules ?? rulesOf(roleName);
    if (!known) return { kind: 'unknown' };
    const rule = known.find((candidate) => ruleAllows(candidate, attributes));
    return rule ? { kind: 'allows', rule: describeRule(rule) } : { kind: 'refuses' };
  }
}

type Verdict =
  | { kind: 'allows'; rule: string }
  | { kind: 'refuses' }
  /** The cluster decides; good for the request itself, not for promising that it would work. */
  | { kind: 'delegates'; rule: string }
  | { kind: 'unknown' };

function heldRole(grant: GrantDocument, role: RoleDocument, isDefault: boolean): HeldRole {
  const { conditions = {}, defaultNamespace } = grant.spec;
  const { namespaces } = role.spec;
  const start = defaultNamespace ?? namespaces?.[0];
  return {
    role: role.metadata.name,
    grant: grant.metadata.name,
    isDefault,
    ...(namespaces ? { namespaces: [...namespaces] } : {}),
    ...(start === undefined ? {} : { defaultNamespace: start }),
    requireReason: conditions.requireReason ?? false,
    record: conditions.record ?? 'off',
    idleTimeoutMs: milliseconds(conditions.idleTimeout),
    maxDurationMs: milliseconds(conditions.maxDuration),
  };
}

function compareStrength(a: RoleDocument, b: RoleDocument): number {
  return (
    strengthOf(a.spec) - strengthOf(b.spec) ||
    Number(!a.spec.namespaces) - Number(!b.spec.namespaces) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

function compareDemands(a: GrantDocument, b: GrantDocument): number {
  const [first, second] = [a.spec.conditions ?? {}, b.spec.conditions ?? {}];
  return (
    Number(first.requireReason ?? false) - Number(second.requireReason ?? false) ||
    recordStrictness[first.record ?? 'off'] - recordStrictness[second.record ?? 'off'] ||
    compareNumbers(limit(second.maxDuration), limit(first.maxDuration)) ||
    compareNumbers(limit(second.idleTimeout), limit(first.idleTimeout)) ||
    compareText(a.metadata.name, b.metadata.name)
  );
}

function milliseconds(duration: string | undefined): number | null {
  return duration === undefined ? null : durationMs(duration);
}

function limit(duration: string | undefined): number {
  return milliseconds(duration) ?? Number.POSITIVE_INFINITY;
}

function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function addTo(index: Map<string, GrantDocument[]>, key: string, grant: GrantDocument): void {
  const list = index.get(key);
  if (list) list.push(grant);
  else index.set(key, [grant]);
}
