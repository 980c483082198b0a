import type { HeldRole } from '../../../proxy-core/contract/clusters.ts';
import type { PolicyRule, RoleDocument } from '../../../proxy-core/contract/policy.ts';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { GatewayError } from '../errors.ts';
import { clusterOffline, type Hub } from '../hub/hub.ts';
import type { Caller, Devices } from '../identity/devices.ts';
import { type RequestAttributes, requestAttributes } from '../policy/attributes.ts';
import { withoutOwnSecrets } from '../policy/own-namespace.ts';
import type { PolicySet } from '../policy/policy-set.ts';
import { clusterFacts } from '../policy/selector.ts';
import type { PolicyRegistry } from '../policy-registry.ts';
import type { LiveSession } from '../sessions/live-session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { elevationAsked, impersonationRefused } from './headers.ts';
import { describeAttributes } from './request-event.ts';
import type { GatewayTarget } from './target.ts';

export interface AdmissionDependencies {
  devices: Pick<Devices, 'refusal'>;
  policy: Pick<PolicyRegistry, 'current' | 'clusters' | 'documents'>;
  hub: Pick<Hub, 'clusterRoleRules' | 'offlineSinceMs'>;
  sessions: Pick<Sessions, 'open' | 'find'>;
}

/** A request that may go on. */
export interface Admitted {
  attributes: RequestAttributes;
  session: LiveSession;
  role: RoleDocument;
  /** Path and query for the API server. */
  target: string;
}

const recordedSubresources = new Set(['exec', 'attach']);
/** Policy that changes again and again while a request waits is decided by at most so often. */
const maxDecisions = 3;

/**
 * Decides whether a request may go on, and finds or opens its session. What becomes known on the way is written into
 * `event`, so that a refusal is logged with as much as there is.
 *
 * @throws {GatewayError} with every code of the gateway
 * @throws {ControllerError} `POSTERN_SESSION_REVOKED`, `POSTERN_SIGNED_OUT`, `POSTERN_CERTIFICATE_EXPIRED`, `POSTERN_CLUSTER_OFFLINE`, `POSTERN_STORE_FAILED`
 */
export async function admit(
  request: { method: string; rawHeaders: readonly string[]; caller: Caller; target: GatewayTarget },
  event: AuditEvent,
  dependencies: AdmissionDependencies,
): Promise<Admitted> {
  const { devices, policy } = dependencies;
  for (let attempt = 1; ; attempt += 1) {
    const set = policy.current;
    refuse(request.caller, devices);
    const admitted = await decide(request, event, set, dependencies);
    // Rules, session and disk may have been waited for: what was revoked or changed meanwhile counts.
    refuse(request.caller, devices);
    if (policy.current === set || attempt === maxDecisions) return admitted;
  }
}

function refuse(caller: Caller, devices: AdmissionDependencies['devices']): void {
  const refusal = devices.refusal(caller.device);
  if (refusal) throw refusal;
}

async function decide(
  { method, rawHeaders, caller, target }: Parameters<typeof admit>[0],
  event: AuditEvent,
  set: PolicySet,
  dependencies: AdmissionDependencies,
): Promise<Admitted> {
  const { policy, sessions } = dependencies;
  const { person, id: deviceId } = caller.device;
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

  const attributes = requestAttributes(method, target.target);
  Object.assign(event, describeAttributes(attributes, target.target));

  const rules = await rulesOfRoles([role.role], set, facts.name, dependencies);
  let decision = set.decide(person, facts, role.role, attributes, (name) => rules.get(name));
  if (decision.kind === 'denied') {
    // Only now, to say which grant would allow it: what the other roles may do.
    const roles = policy.documents
      .filter(({ document }) => document.kind === 'Role')
      .map(({ document }) => document.metadata.name);
    const every = await rulesOfRoles(roles, set, facts.name, dependencies);
    decision = set.decide(person, facts, role.role, attributes, (name) => every.get(name));
  }
  if (decision.kind === 'denied') {
    sessions.find(deviceId, target.cluster, role.role)?.denied(Date.parse(event.startedAt));
    throw new GatewayError('POSTERN_FORBIDDEN', decision.reason);
  }
  event.rule = decision.rule;
  requireNoRecording(role, attributes);
  if (dependencies.hub.offlineSinceMs(facts.name) !== undefined) throw clusterOffline(facts.name);

  const session = await sessions.open(caller, target.cluster, role, { kind: 'request' });
  event.sessionId = session.record.id;
  event.decision = 'allowed';
  const mayEverything = set.mayEverything(role.role, (name) => rules.get(name));
  return {
    attributes,
    session,
    role: set.role(role.role)!,
    target: mayEverything ? target.target : withoutOwnSecrets(target.target, attributes),
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
  if (attributes.resource !== 'pods' || !recordedSubresources.has(attributes.subresource)) return;
  throw new GatewayError(
    'POSTERN_RECORDING_REQUIRED',
    `grant "${role.grant}" asks for a recording of every ${attributes.subresource}, and this controller cannot make one`,
    { hint: 'use a role whose grant does not require recordings, or ask an administrator' },
  );
}
