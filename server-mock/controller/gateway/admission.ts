import type { HeldRole } from '../../../proxy-core/contract/clusters.ts';
import type { PolicyRule } from '../../../proxy-core/contract/policy.ts';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { GatewayError } from '../errors.ts';
import { clusterOffline, type Hub } from '../hub/hub.ts';
import type { Caller, Devices } from '../identity/devices.ts';
import { type RequestAttributes, requestAttributes, runsAtKubelet } from '../policy/attributes.ts';
import { withoutOwnSecrets } from '../policy/own-namespace.ts';
import type { PolicySet, RulesOf } from '../policy/policy-set.ts';
import { type ClusterFacts, clusterFacts } from '../policy/selector.ts';
import type { PolicyRegistry } from '../policy-registry.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { elevationAsked, impersonationRefused } from './headers.ts';
import { describeAttributes } from './request-event.ts';
import type { GatewayTarget } from './target.ts';

export interface AdmissionDependencies {
  devices: Pick<Devices, 'refusal'>;
  policy: Pick<PolicyRegistry, 'current' | 'clusters' | 'documents'>;
  hub: Pick<Hub, 'clusterRoleRules' | 'knownClusterRoleRules' | 'offlineSinceMs'>;
  sessions: Pick<Sessions, 'open' | 'find'>;
}

/** A request that may go on. */
export interface Admitted {
  attributes: RequestAttributes;
  session: LiveSession;
  /** Path and query for the API server. */
  target: string;
}

const recordedSubresources = new Set(['exec', 'attach']);
/** Policy that changes again and again while a request waits is decided by at most so often. */
const maxDecisions = 3;

interface AskedRequest {
  method: string;
  rawHeaders: readonly string[];
  caller: Caller;
  target: GatewayTarget;
}

/**
 * Decides whether a request may go on, and finds or opens its session. What becomes known on the way is written into
 * `event`, so that a refusal is logged with as much as there is.
 *
 * @returns at once where rules and session are known, as they are for all but the first requests of a session
 * @throws {GatewayError} with every code of the gateway
 * @throws {ControllerError} `POSTERN_SESSION_REVOKED`, `POSTERN_SIGNED_OUT`, `POSTERN_CERTIFICATE_EXPIRED`, `POSTERN_CLUSTER_OFFLINE`, `POSTERN_STORE_FAILED`
 */
export function admit(
  request: AskedRequest,
  event: AuditEvent,
  dependencies: AdmissionDependencies,
): Admitted | Promise<Admitted> {
  const { devices, policy, hub, sessions } = dependencies;
  refuse(request.caller, devices);
  const asked = ask(request, event, policy.current, dependencies);
  const { role, facts, set } = asked;
  const session = sessions.find(request.caller.device.id, facts.name, role.role);
  const clusterRole = set.role(role.role)?.spec.clusterRole;
  const rules = clusterRole === undefined ? undefined : hub.knownClusterRoleRules(facts.name, clusterRole);
  if (session === undefined || (clusterRole !== undefined && rules === undefined)) {
    return admitInTime(request, event, dependencies);
  }
  const rulesOf: RulesOf = () => rules;
  const decision = set.decide(request.caller.device.person, facts, role.role, asked.attributes, rulesOf);
  // A denial is to say which other role would do, whose rules may have to be asked for.
  if (decision.kind === 'denied') return admitInTime(request, event, dependencies);
  allow(asked, decision.rule, event, dependencies);
  return admitted(asked, session, rulesOf, event);
}

/** As {@link admit}, waiting for what it takes. */
async function admitInTime(
  request: AskedRequest,
  event: AuditEvent,
  dependencies: AdmissionDependencies,
): Promise<Admitted> {
  const { devices, policy } = dependencies;
  for (let attempt = 1; ; attempt += 1) {
    const set = policy.current;
    const result = await decide(request, event, set, dependencies);
    // Rules, session and disk may have been waited for: what was revoked or changed meanwhile counts.
    refuse(request.caller, devices);
    if (policy.current === set || attempt === maxDecisions) return result;
  }
}

function refuse(caller: Caller, devices: AdmissionDependencies['devices']): void {
  const refusal = devices.refusal(caller.device);
  if (refusal) throw refusal;
}

/** A request with what policy needs to know of it. */
interface Asked {
  attributes: RequestAttributes;
  facts: ClusterFacts;
  role: HeldRole;
  set: PolicySet;
  target: GatewayTarget;
}

function ask(
  { method, rawHeaders, caller, target }: AskedRequest,
  event: AuditEvent,
  set: PolicySet,
  { policy }: AdmissionDependencies,
): Asked {
  const { person } = caller.device;
  const attributes = requestAttributes(method, target.target);
  describeAttributes(event, attributes, target.target);
  const cluster = policy.clusters.get(target.cluster);
  const facts = cluster && clusterFacts(cluster);
  const held = facts ? set.heldRoles(person, facts) : [];
  if (!facts || held.length === 0) {
    throw new GatewayError(
      'POSTERN_CLUSTER_UNKNOWN',
      `there is no cluster "${target.cluster}" that ${person.name} may use`,
      {
        hint: 'see postern clusters, or ask an administrator for a grant',
      },
    );
  }
  const role = chooseRole(held, target, rawHeaders, person.name, event);
  event.role = role.role;
  event.grant = role.grant;
  return { attributes, facts, role, set, target };
}

async function decide(
  request: AskedRequest,
  event: AuditEvent,
  set: PolicySet,
  dependencies: AdmissionDependencies,
): Promise<Admitted> {
  const { policy, sessions } = dependencies;
  const { caller } = request;
  const asked = ask(request, event, set, dependencies);
  const { role, facts, attributes } = asked;
  const rules = await rulesOfRoles([role.role], set, facts.name, dependencies);
  const rulesOf: RulesOf = (name) => rules.get(name);
  let decision = set.decide(caller.device.person, facts, role.role, attributes, rulesOf);
  if (decision.kind === 'denied') {
    // Only now, to say which grant would allow it: what the other roles may do.
    const roles = policy.documents
      .filter(({ document }) => document.kind === 'Role')
      .map(({ document }) => document.metadata.name);
    const every = await rulesOfRoles(roles, set, facts.name, dependencies);
    decision = set.decide(caller.device.person, facts, role.role, attributes, (name) => every.get(name));
  }
  if (decision.kind === 'denied') {
    sessions.find(caller.device.id, facts.name, role.role)?.denied(Date.parse(event.startedAt));
    throw new GatewayError('POSTERN_FORBIDDEN', decision.reason);
  }
  allow(asked, decision.rule, event, dependencies);
  return admitted(asked, await sessions.open(caller, facts.name, role, { kind: 'request' }), rulesOf, event);
}

/** What else may stand in the way of a request that a rule allows. */
function allow(
  { role, attributes, facts }: Asked,
  rule: string,
  event: AuditEvent,
  { hub }: Pick<AdmissionDependencies, 'hub'>,
): void {
  event.rule = rule;
  requireNoRecording(role, attributes);
  if (hub.offlineSinceMs(facts.name) !== undefined) throw clusterOffline(facts.name);
}

function admitted(
  { attributes, role, set, target }: Asked,
  session: LiveSession,
  rulesOf: RulesOf,
  event: AuditEvent,
): Admitted {
  event.sessionId = session.record.id;
  event.decision = 'allowed';
  return {
    attributes,
    session,
    target: set.mayEverything(role.role, rulesOf) ? target.target : withoutOwnSecrets(target.target, attributes),
  };
}

/** The path's role, or the default one; for `--as`, the one that it names. */
function chooseRole(
  held: readonly HeldRole[],
  { cluster, role }: GatewayTarget,
  rawHeaders: readonly string[],
  user: string,
  event: AuditEvent,
): HeldRole {
  const named = held.find((each) => (role === null ? each.isDefault : each.role === role));
  if (!named) {
    throw new GatewayError('POSTERN_FORBIDDEN', `${user} does not hold the role "${role}" on cluster "${cluster}"`, {
      hint: `held there: ${held.map((each) => each.role).join(', ')}`,
    });
  }
  const asked = elevationAsked(rawHeaders);
  if (asked === undefined) return named;
  const elevated = held.find((each) => each.role === asked);
  if (!elevated) throw impersonationRefused(`${user} holds no role "${asked.slice(0, 63)}" on cluster "${cluster}"`);
  if (elevated !== named) event.elevatedFrom = named.role;
  return elevated;
}

/** The rules of those roles that name one of the cluster's own ClusterRoles; the others carry theirs. */
async function rulesOfRoles(
  names: readonly string[],
  set: PolicySet,
  cluster: string,
  { hub }: AdmissionDependencies,
): Promise<Map<string, PolicyRule[]>> {
  const found = new Map<string, PolicyRule[]>();
  await Promise.all(
    names.map(async (name) => {
      const clusterRole = set.role(name)?.spec.clusterRole;
      if (clusterRole === undefined) return;
      const rules = hub.clusterRoleRules(cluster, clusterRole);
      // Of several, those that cannot be had only make the answer to a denial poorer.
      const known = await (names.length === 1 ? rules : rules.catch(() => undefined));
      if (known) found.set(name, known);
    }),
  );
  return found;
}

function requireNoRecording(role: HeldRole, attributes: RequestAttributes): void {
  if (role.record !== 'required' || attributes.kind !== 'resource') return;
  const { resource, subresource } = attributes;
  if (!(resource === 'pods' && recordedSubresources.has(subresource)) && !runsAtKubelet(attributes)) return;
  throw new GatewayError(
    'POSTERN_RECORDING_REQUIRED',
    `grant "${role.grant}" asks for a recording of every ${resource === 'pods' ? subresource : 'exec'}, and this controller cannot make one`,
    { hint: 'use a role whose grant does not require recordings, or ask an administrator' },
  );
}
