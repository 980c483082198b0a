import type { Logger } from 'pino';
import type { HeldRole } from '../../../proxy-core/contract/clusters.ts';
import type { Session, SessionEndReason } from '../../../proxy-core/contract/sessions.ts';
import { uuidv7 } from '../../../proxy-core/tunnel/index.ts';
import { type Clock, timestamp } from '../clock.ts';
import { ControllerError, GatewayError } from '../errors.ts';
import type { Hub } from '../hub/hub.ts';
import type { Caller, Device, Devices } from '../identity/devices.ts';
import type { RevocationList } from '../identity/revocation-list.ts';
import { clusterFacts } from '../policy/selector.ts';
import type { PolicyRegistry } from '../policy-registry.ts';
import type { Store } from '../store/open.ts';
import { findSession, readActiveSessions, writeSession } from '../store/session-records.ts';
import type { LiveFeed } from './live-feed.ts';
import { LiveSession } from './live-session.ts';

const sweepEveryMs = 1_000;
/** Counters of running sessions are written and shown at most this often. */
const showEveryMs = 5_000;

export interface SessionsDependencies {
  store: Store;
  clock: Clock;
  logger: Logger;
  hub: Pick<Hub, 'forget' | 'announceAgain' | 'offlineSinceMs'>;
  feed: Pick<LiveFeed, 'push'>;
  policy: Pick<PolicyRegistry, 'current' | 'clusters'>;
  revocations: RevocationList;
  devices: Pick<Devices, 'byId'>;
  /** Where a grant says nothing else. */
  idleTimeoutMs: number;
  agentLossGraceMs: number;
}

/** Every open session: opening, idle and maximum time, and the ends that come from elsewhere. */
export class Sessions {
  readonly #with: SessionsDependencies;
  readonly #open = new Map<string, LiveSession>();
  readonly #byPlace = new Map<string, LiveSession>();
  readonly #opening = new Map<string, Promise<LiveSession>>();
  /** Where the last session was revoked: nothing opens there by itself. */
  readonly #revokedPlaces = new Map<string, string>();
  readonly #ending = new Set<Promise<void>>();
  /** Agents need their time to come back to a controller that has just started. */
  readonly #startedAtMs: number;
  #sweepTimer: unknown;
  #shownAtMs: number;
  #showing: Promise<void> | undefined;

  constructor(dependencies: SessionsDependencies) {
    this.#with = dependencies;
    this.#startedAtMs = dependencies.clock.now();
    this.#shownAtMs = this.#startedAtMs;
    this.#sweepLater();
  }

  /** Takes over the sessions that were open when the controller stopped: a restart ends nobody's session. */
  async resume(): Promise<void> {
    const { store, devices, policy, revocations } = this.#with;
    for (const record of await readActiveSessions(store)) {
      const device = await devices.byId(record.device.id);
      const role = device && this.#heldRole(device, record.cluster, record.role);
      // The end of one may have been lost, where the revocation was not.
      const withdrawn = device && this.#withdrawn(record, device);
      if (device && role && withdrawn === undefined && policy.clusters.has(record.cluster))
        this.#take(record, device, role);
      else
        await writeSession(store, {
          ...record,
          endedAt: timestamp(this.#with.clock.now()),
          endReason: withdrawn ?? 'entitlement-removed',
        });
    }
    for (const { revocation } of revocations.all()) {
      if (revocation.kind !== 'session') continue;
      const record = await findSession(store, revocation.name);
      if (record) this.#revokedPlaces.set(placeOf(record.device.id, record.cluster, record.role), record.id);
    }
  }

  get(id: string): LiveSession | undefined {
    return this.#open.get(id);
  }

  all(): IterableIterator<LiveSession> {
    return this.#open.values();
  }

  ofDevice(deviceId: string): LiveSession[] {
    return [...this.#open.values()].filter((session) => session.device.id === deviceId);
  }

  /** The open session of a device at a cluster in a role. */
  find(deviceId: string, cluster: string, role: string): LiveSession | undefined {
    return this.#byPlace.get(placeOf(deviceId, cluster, role));
  }

  /**
   * The session for a request: the open one, or a new one. Concurrent first requests share one.
   *
   * @param reason given on Connect. That also opens a session anew where an administrator revoked the last one
   * @throws {GatewayError} `POSTERN_REASON_REQUIRED`, `POSTERN_SESSION_REVOKED`
   */
  open(
    caller: Caller,
    cluster: string,
    role: HeldRole,
    how: { kind: 'request' } | { kind: 'connect'; reason: string | null },
  ): Promise<LiveSession> {
    const place = placeOf(caller.device.id, cluster, role.role);
    const existing = this.#byPlace.get(place);
    if (existing) return Promise.resolve(existing);
    const opening = this.#opening.get(place);
    if (opening) return opening;
    const opened = this.#begin(caller, cluster, role, how).finally(() => this.#opening.delete(place));
    this.#opening.set(place, opened);
    return opened;
  }

  /** Ends a session: its streams are cut before this returns; it is on disk and its agent has been told when the promise resolves. */
  end(session: LiveSession, reason: SessionEndReason): Promise<void> {
    const { record } = session;
    if (!this.#open.delete(record.id)) return Promise.resolve();
    const { clock, hub, feed, store, logger, revocations } = this.#with;
    const place = placeOf(session.device.id, record.cluster, record.role);
    this.#byPlace.delete(place);
    if (revocations.has({ kind: 'session', name: record.id })) this.#revokedPlaces.set(place, record.id);
    session.cutStreams(endError(record, reason));
    record.endedAt = timestamp(clock.now());
    record.endReason = reason;
    feed.push(session.device.id, { kind: 'session', session: structuredClone(record) });
    logger.info(
      { session: record.id, user: record.user, cluster: record.cluster, role: record.role, reason },
      'session ended',
    );
    const done = Promise.all([writeSession(store, record), hub.forget(record.cluster, record.id)])
      .then(() => {})
      .catch((error: unknown) =>
        logger.error({ err: error, session: record.id }, 'the end of a session could not be written'),
      )
      .finally(() => this.#ending.delete(done));
    this.#ending.add(done);
    return done;
  }

  /** @returns how many ended */
  async endWhere(matches: (session: LiveSession) => boolean, reason: SessionEndReason): Promise<number> {
    const ending = [...this.#open.values()].filter(matches);
    // All streams are cut in this turn, before anything waits for disks or agents.
    await Promise.all(ending.map((session) => this.end(session, reason)));
    return ending.length;
  }

  /** Resolves when every ending so far is written and told. */
  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** Policy or somebody's groups changed: ends what is not granted any more, and takes over what is granted otherwise. */
  async reconsider(matches: (session: LiveSession) => boolean = () => true): Promise<void> {
    const changed: LiveSession[] = [];
    for (const session of [...this.#open.values()].filter(matches)) {
      const { record, device } = session;
      const role = this.#heldRole(device, record.cluster, record.role);
      if (!role)
        void this.end(
          session,
          this.#with.revocations.has({ kind: 'grant', name: record.grant }) ? 'revoked' : 'entitlement-removed',
        );
      else {
        session.regrant(role, this.#idleTimeoutOf(role));
        changed.push(session);
      }
    }
    await Promise.all(changed.map((session) => this.#announceAgain(session)));
  }

  /** Ends what is idle, expired, or without an agent for too long. Called every second. */
  sweep(): void {
    const { clock, hub, agentLossGraceMs } = this.#with;
    const now = clock.now();
    for (const session of [...this.#open.values()]) {
      const offlineSinceMs = hub.offlineSinceMs(session.record.cluster);
      if (session.isExpired(now)) void this.end(session, 'expired');
      else if (session.isIdle(now)) void this.end(session, 'idle');
      else if (offlineSinceMs !== undefined && now - Math.max(offlineSinceMs, this.#startedAtMs) >= agentLossGraceMs) {
        void this.end(session, 'agent-lost');
      }
    }
    if (now - this.#shownAtMs >= showEveryMs) {
      this.#shownAtMs = now;
      // A slow disk must not gather writes that the next ones make needless.
      this.#showing ??= this.#show().finally(() => {
        this.#showing = undefined;
      });
    }
  }

  /** Writes everything down. The sessions stay open: the next start takes them over. */
  async close(): Promise<void> {
    this.#with.clock.clearTimeout(this.#sweepTimer);
    await this.settled();
    await this.#showing;
    await this.#show();
  }

  async #begin(
    caller: Caller,
    cluster: string,
    role: HeldRole,
    how: { kind: 'request' } | { kind: 'connect'; reason: string | null },
  ): Promise<LiveSession> {
    const { clock, store, feed, logger, revocations } = this.#with;
    const { device, sourceAddress } = caller;
    const place = placeOf(device.id, cluster, role.role);
    const revokedId = this.#revokedPlaces.get(place);
    const reason = how.kind === 'connect' ? how.reason : null;
    if (revokedId !== undefined && how.kind === 'request') {
      throw new GatewayError(
        'POSTERN_SESSION_REVOKED',
        `the session on cluster ${cluster} as ${role.role} was revoked by an administrator`,
        {
          hint: 'connect again in Postern',
        },
      );
    }
    if (role.requireReason && reason === null) {
      throw new GatewayError(
        'POSTERN_REASON_REQUIRED',
        `grant "${role.grant}" asks for a reason before a session on cluster ${cluster} opens`,
        {
          hint: `connect with one: postern connect ${cluster} --role ${role.role} --reason "…"`,
        },
      );
    }
    const now = timestamp(clock.now());
    const record: Session = {
      id: uuidv7(),
      user: device.person.name,
      device: { id: device.id, name: device.name },
      sourceAddress,
      cluster,
      role: role.role,
      grant: role.grant,
      reason,
      startedAt: now,
      lastActiveAt: now,
      endedAt: null,
      endReason: null,
      expiresAt: null,
      requestCount: 0,
      deniedCount: 0,
      bytesIn: 0,
      bytesOut: 0,
    };
    const session = new LiveSession({
      record,
      device,
      role,
      idleTimeoutMs: this.#idleTimeoutOf(role),
    });
    await writeSession(store, record);
    if (revokedId !== undefined) {
      await revocations.remove({ kind: 'session', name: revokedId });
      this.#revokedPlaces.delete(place);
    }
    this.#open.set(record.id, session);
    this.#byPlace.set(place, session);
    feed.push(device.id, { kind: 'session', session: structuredClone(record) });
    logger.info(
      { session: record.id, user: record.user, cluster, role: role.role, grant: role.grant },
      'session opened',
    );
    // What changed since its role was looked up, and while it was being written, found no session to end or to change.
    await this.reconsider((each) => each === session);
    const withdrawn = this.#withdrawn(record, device);
    if (withdrawn !== undefined) await this.end(session, withdrawn);
    return session;
  }

  /** Why a session may not be open, whatever policy says. */
  #withdrawn({ id, user }: Session, device: Device): SessionEndReason | undefined {
    const { revocations } = this.#with;
    const isRevoked =
      revocations.has({ kind: 'session', name: id }) ||
      revocations.has({ kind: 'user', name: user }) ||
      revocations.has({ kind: 'device', name: device.id });
    if (isRevoked) return 'revoked';
    return device.signedOut ? 'signed-out' : undefined;
  }

  #take(record: Session, device: Device, role: HeldRole): void {
    const session = new LiveSession({
      record,
      device,
      role,
      idleTimeoutMs: this.#idleTimeoutOf(role),
    });
    this.#open.set(record.id, session);
    this.#byPlace.set(placeOf(device.id, record.cluster, record.role), session);
  }

  #idleTimeoutOf(role: HeldRole): number {
    return role.idleTimeoutMs ?? this.#with.idleTimeoutMs;
  }

  #heldRole(device: Device, cluster: string, role: string): HeldRole | undefined {
    const { policy } = this.#with;
    const document = policy.clusters.get(cluster);
    if (!document) return undefined;
    return policy.current.heldRoles(device.person, clusterFacts(document)).find((held) => held.role === role);
  }

  async #announceAgain(session: LiveSession): Promise<void> {
    const { hub, policy, logger } = this.#with;
    const { record } = session;
    const role = policy.current.role(record.role);
    if (!role) return;
    await hub.announceAgain(record.cluster, session.forAgent(role.spec)).catch((error: unknown) => {
      logger.warn({ err: error, session: record.id }, 'the agent could not be told of a changed session');
    });
  }

  async #show(): Promise<void> {
    const { store, feed, logger } = this.#with;
    for (const session of [...this.#open.values()].filter(({ dirty }) => dirty)) {
      session.dirty = false;
      const record = structuredClone(session.record);
      feed.push(session.device.id, { kind: 'session', session: record });
      await writeSession(store, record).catch((error: unknown) => {
        session.dirty = true;
        logger.error({ err: error, session: record.id }, 'the counters of a session could not be written');
      });
    }
  }

  #sweepLater(): void {
    this.#sweepTimer = this.#with.clock.setTimeout(() => {
      this.sweep();
      this.#sweepLater();
    }, sweepEveryMs);
  }
}

function placeOf(deviceId: string, cluster: string, role: string): string {
  return `${deviceId}/${cluster}/${role}`;
}

const endings: Record<SessionEndReason, string> = {
  disconnected: 'was disconnected',
  idle: 'was idle for too long',
  expired: 'reached its maximum time',
  revoked: 'was revoked by an administrator',
  'signed-out': 'ended with the sign-out',
  'entitlement-removed': 'ended, since its grant is gone',
  'agent-lost': 'ended, since the cluster’s agent was lost',
  'controller-stopped': 'ended with the controller',
};

const whatToDo: Partial<Record<SessionEndReason, string>> = {
  'signed-out': 'sign in in the Postern app or with "postern login"',
  'entitlement-removed': 'ask whoever manages access for another grant',
};

function endError(record: Session, reason: SessionEndReason): Error {
  const message = `the session on cluster ${record.cluster} as ${record.role} ${endings[reason]}`;
  if (reason === 'revoked') return new GatewayError('POSTERN_SESSION_REVOKED', message);
  if (reason === 'agent-lost') return new ControllerError('POSTERN_CLUSTER_OFFLINE', message);
  return new GatewayError('POSTERN_SESSION_ENDED', message, { hint: whatToDo[reason] ?? 'run the command again' });
}
