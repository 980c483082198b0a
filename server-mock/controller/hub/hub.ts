import type { TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import type { AgentSession } from '../../../proxy-core/contract/agent.ts';
import type { PosternError } from '../../../proxy-core/contract/errors.ts';
import type { PolicyRule } from '../../../proxy-core/contract/policy.ts';
import { openOverTunnel } from '../../../proxy-core/tunnel/index.ts';
import { type Clock, timestamp } from '../clock.ts';
import { ControllerError } from '../errors.ts';
import { type KnownCluster, writeKnownCluster } from '../store/clusters.ts';
import type { Store } from '../store/open.ts';
import { agentCalls } from './agent-calls.ts';
import { AgentLink } from './agent-link.ts';
import { type ClusterStatus, ObservedCluster } from './cluster-status.ts';

const pollEveryMs = 10_000;
/** How long a ClusterRole's rules are trusted before they are asked for again. */
const rulesKeptMs = 60_000;
/** An announcement is repeated after half the idle time, before the agent could take the session for idle. */
const announceAgainAfter = 0.5;
/** When a session was announced whose agent knows it otherwise than it is now. */
const outdated = Number.NEGATIVE_INFINITY;
/** Of all clusters together; the oldest go first. */
const maxKeptRules = 1_000;

export interface ConnectedAgent {
  id: string;
  connectedAt: string;
  sourceAddress: string;
}

/** A session as an agent is to know it, and the same as text, to be compared. */
interface Announcement {
  session: AgentSession;
  text: string;
}

/** What an agent is being told of a session, and what it is to be told after that. */
interface Announcing {
  text: string;
  told: Promise<void>;
  next: { announcement: Announcement; told: Promise<void> } | undefined;
}

interface KeptRules {
  untilMs: number;
  /** Once they have come. */
  known: PolicyRule[] | undefined;
  rules: Promise<PolicyRule[] | undefined>;
}

/** Which agents are connected, what their clusters are, and what they have been told. */
export class Hub {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #links = new Set<AgentLink>();
  readonly #clusters = new Map<string, ObservedCluster>();
  readonly #rules = new Map<string, KeptRules>();
  readonly #announcing = new WeakMap<AgentLink, Map<string, Announcing>>();
  readonly #listeners = new Set<(cluster: string) => void>();
  #pollTimer: unknown;
  #closed = false;

  constructor(options: { store: Store; clock: Clock; logger: Logger; known: readonly KnownCluster[] }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
    for (const { name, status, seenAt } of options.known) {
      this.#clusters.set(name, new ObservedCluster(Date.parse(seenAt), status));
    }
    this.#pollLater();
  }

  /** Called with the name of a cluster whose status changed. Returns its own undo. */
  onChange(listener: (cluster: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes an agent's connection, once its certificate is known to be good. */
  attach(socket: TLSSocket, agent: { id: string; cluster: string }): void {
    const { cluster } = agent;
    const link = new AgentLink({
      agentId: agent.id,
      cluster,
      connectedAtMs: this.#clock.now(),
      sourceAddress: socket.remoteAddress ?? '',
      connection: openOverTunnel(socket, { clock: this.#clock }),
    });
    const isFirst = !this.#isOnline(cluster);
    this.#links.add(link);
    link.connection.onClose(() => {
      this.#links.delete(link);
      this.#settle(cluster);
      this.#logger.info({ cluster, agent: agent.id }, 'agent connection ended');
    });
    this.#settle(cluster);
    this.#logger.info({ cluster, agent: agent.id, address: link.sourceAddress }, 'agent connected');
    // The first way there and back pays for what is opened and compiled on it, at both ends.
    if (isFirst) void this.#poll(link).then(() => this.#poll(link));
  }

  status(cluster: string): ClusterStatus {
    return this.#observed(cluster).status();
  }

  /** Since when no agent of a cluster is connected; undefined while one is. */
  offlineSinceMs(cluster: string): number | undefined {
    return this.#isOnline(cluster) ? undefined : this.#observed(cluster).sinceMs;
  }

  agents(cluster: string): ConnectedAgent[] {
    const agents = new Map<string, ConnectedAgent>();
    for (const link of this.#linksOf(cluster)) {
      if (agents.has(link.agentId)) continue;
      const { agentId: id, connectedAtMs, sourceAddress } = link;
      agents.set(id, { id, connectedAt: timestamp(connectedAtMs), sourceAddress });
    }
    return [...agents.values()];
  }

  /**
   * A connection to an agent that knows the session. A session stays with one agent while that is connected, so that it
   * has one account; of the agent's connections, the one with the fewest streams is taken, so that one slow transfer
   * does not gather the others behind it.
   *
   * @throws {ControllerError} `POSTERN_CLUSTER_OFFLINE`; or what the agent answers where it cannot make the account
   */
  async linkFor(cluster: string, session: AgentSession): Promise<AgentLink> {
    const link = this.#bestLink(cluster, session.id);
    if (!link) throw clusterOffline(cluster);
    if (!this.#knows(link, session)) await this.announce(link, session);
    return link;
  }

  /** As {@link linkFor}, where the agent has been told of the session and nothing has to be waited for. */
  readyLink(cluster: string, session: Pick<AgentSession, 'id' | 'idleTimeoutMs'>): AgentLink | undefined {
    const link = this.#bestLink(cluster, session.id);
    return link && this.#knows(link, session) ? link : undefined;
  }

  #bestLink(cluster: string, sessionId: string): AgentLink | undefined {
    const agentId = this.#agentFor(cluster, sessionId);
    let best: AgentLink | undefined;
    for (const link of this.#links) {
      if (link.agentId !== agentId || link.cluster !== cluster || !link.connection.acceptsStreams) continue;
      if (best === undefined || link.connection.openStreams < best.connection.openStreams) best = link;
    }
    return best;
  }

  /** The agent that has the session's account, else the first. */
  #agentFor(cluster: string, sessionId: string): string | undefined {
    let first: string | undefined;
    for (const link of this.#links) {
      if (link.cluster !== cluster || !link.connection.acceptsStreams) continue;
      if (link.announced.has(sessionId)) return link.agentId;
      first ??= link.agentId;
    }
    return first;
  }

  #knows(link: AgentLink, { id, idleTimeoutMs }: Pick<AgentSession, 'id' | 'idleTimeoutMs'>): boolean {
    const known = link.announced.get(id);
    return known !== undefined && this.#clock.now() - known.atMs < idleTimeoutMs * announceAgainAfter;
  }

  /**
   * Tells an agent of a session, again where it has forgotten or the session has changed. Concurrent calls share one. What
   * says something else waits for the one before, so that the agent ends with the newest, and of what waits only the newest
   * is told; until then no request takes the agent for told.
   */
  announce(link: AgentLink, session: AgentSession): Promise<void> {
    const text = JSON.stringify(session);
    const announcement = { session, text };
    const running = this.#announcing.get(link) ?? new Map<string, Announcing>();
    this.#announcing.set(link, running);
    const known = link.announced.get(session.id);
    if (known !== undefined && known.text !== text) known.atMs = outdated;
    const now = running.get(session.id);
    if (now === undefined) return this.#tell(link, announcement, running);
    if (now.next !== undefined) {
      now.next.announcement = announcement;
      return now.next.told;
    }
    if (now.text === text) return now.told;
    const next: NonNullable<Announcing['next']> = {
      announcement,
      told: now.told.catch(() => {}).then(() => this.#tell(link, next.announcement, running)),
    };
    now.next = next;
    return next.told;
  }

  #tell(link: AgentLink, { session, text }: Announcement, running: Map<string, Announcing>): Promise<void> {
    const { id } = session;
    const told = agentCalls
      .announce(link, session)
      .then(() => void link.announced.set(id, { text, atMs: now.next === undefined ? this.#clock.now() : outdated }))
      .finally(() => {
        if (now.next === undefined) running.delete(id);
      });
    const now: Announcing = { text, told, next: undefined };
    running.set(id, now);
    return told;
  }

  /** Tells those agents that know a session, or are being told of it, that it has changed, such as by a new end. */
  async announceAgain(cluster: string, session: AgentSession): Promise<void> {
    const links = this.#linksOf(cluster).filter(
      (link) => link.announced.has(session.id) || this.#announcing.get(link)?.has(session.id),
    );
    await Promise.all(links.map((link) => this.announce(link, session)));
  }

  /**
   * Has the session's account deleted wherever it is known, or is being made: behind an announcement under way, which would
   * make it anew. What an agent cannot be told now, it does by itself on time.
   */
  async forget(cluster: string, sessionId: string): Promise<void> {
    await Promise.all(this.#linksOf(cluster).map((link) => this.#forgetAt(link, sessionId)));
  }

  async #forgetAt(link: AgentLink, sessionId: string): Promise<void> {
    const announcing = this.#announcing.get(link)?.get(sessionId);
    // One that failed may have made the account all the same.
    await (announcing?.next ?? announcing)?.told.catch(() => {});
    if (!link.announced.delete(sessionId) && announcing === undefined) return;
    await agentCalls.forget(link, sessionId).catch((error: unknown) => {
      this.#logger.warn(
        { err: error, cluster: link.cluster, session: sessionId },
        'the agent could not be told of the end of a session',
      );
    });
  }

  /** As {@link clusterRoleRules}, where they have been asked for before and are not too old. */
  knownClusterRoleRules(cluster: string, name: string): PolicyRule[] | undefined {
    const kept = this.#rules.get(`${cluster}/${name}`);
    return kept && this.#clock.now() < kept.untilMs ? kept.known : undefined;
  }

  /**
   * The rules of one of the cluster's own ClusterRoles, at most a minute old; undefined where there is none.
   *
   * @throws {ControllerError} `POSTERN_CLUSTER_OFFLINE`
   */
  clusterRoleRules(cluster: string, name: string): Promise<PolicyRule[] | undefined> {
    const key = `${cluster}/${name}`;
    const now = this.#clock.now();
    const kept = this.#rules.get(key);
    if (kept && now < kept.untilMs) return kept.rules;
    const link = this.#linksOf(cluster)[0];
    if (!link) return Promise.reject(clusterOffline(cluster));
    const rules = agentCalls.clusterRole(link, name).then((role) => role?.rules);
    rules.catch(() => {
      if (this.#rules.get(key)?.rules === rules) this.#rules.delete(key);
    });
    this.#rules.delete(key);
    const entry: KeptRules = { untilMs: now + rulesKeptMs, rules, known: undefined };
    void rules.then(
      (known) => {
        entry.known = known;
      },
      () => {},
    );
    this.#rules.set(key, entry);
    if (this.#rules.size > maxKeptRules) this.#rules.delete(this.#rules.keys().next().value!);
    return rules;
  }

  /** Cuts every agent of a cluster off, and forgets the cluster. */
  removeCluster(cluster: string, reason: PosternError): void {
    for (const link of this.#linksOf(cluster)) link.connection.destroy(reason);
    this.#clusters.delete(cluster);
    for (const key of this.#rules.keys()) if (key.startsWith(`${cluster}/`)) this.#rules.delete(key);
  }

  /** Ordered: running streams may end, then the connections close. */
  async close(options: { drainMs: number; reason: PosternError }): Promise<void> {
    this.#closed = true;
    this.#clock.clearTimeout(this.#pollTimer);
    await Promise.all([...this.#links].map(({ connection }) => connection.close(options)));
  }

  #isOnline(cluster: string): boolean {
    for (const link of this.#links) if (link.cluster === cluster && link.connection.acceptsStreams) return true;
    return false;
  }

  #linksOf(cluster: string): AgentLink[] {
    return [...this.#links].filter((link) => link.cluster === cluster && link.connection.acceptsStreams);
  }

  #observed(cluster: string): ObservedCluster {
    let observed = this.#clusters.get(cluster);
    if (!observed) {
      observed = new ObservedCluster(this.#clock.now(), undefined);
      this.#clusters.set(cluster, observed);
    }
    return observed;
  }

  #settle(cluster: string): void {
    const state = this.#isOnline(cluster) ? 'online' : 'offline';
    if (this.#observed(cluster).turned(state, this.#clock.now())) this.#changed(cluster);
  }

  #pollLater(): void {
    this.#pollTimer = this.#clock.setTimeout(() => {
      const polled = new Set<string>();
      for (const link of this.#links) {
        if (polled.has(link.cluster) || !link.connection.acceptsStreams) continue;
        polled.add(link.cluster);
        void this.#poll(link);
      }
      this.#pollLater();
    }, pollEveryMs);
  }

  /** The round trip controller → agent → API server: the agent asks its API server before it answers. */
  async #poll(link: AgentLink): Promise<void> {
    const { cluster } = link;
    try {
      const from = performance.now();
      const status = await agentCalls.status(link);
      if (this.#closed || !link.connection.acceptsStreams) return;
      const { changed, kept } = this.#observed(cluster).measured(status, performance.now() - from);
      if (kept) await writeKnownCluster(this.#store, { name: cluster, status, seenAt: timestamp(this.#clock.now()) });
      if (changed) this.#changed(cluster);
    } catch (error) {
      if (!this.#closed)
        this.#logger.warn({ err: error, cluster, agent: link.agentId }, 'the agent could not be asked for its status');
    }
  }

  #changed(cluster: string): void {
    for (const listener of this.#listeners) listener(cluster);
  }
}

export function clusterOffline(cluster: string): ControllerError {
  return new ControllerError('POSTERN_CLUSTER_OFFLINE', `no agent of cluster ${cluster} is connected`, {
    hint: 'try again when the cluster is back, or ask who runs it',
  });
}
