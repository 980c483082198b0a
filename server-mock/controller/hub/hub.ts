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
import { AgentPeer } from './agent-peer.ts';
import { type ClusterStatus, ObservedCluster } from './cluster-status.ts';

const pollEveryMs = 10_000;
/** How long a ClusterRole's rules are trusted before they are asked for again. */
const rulesKeptMs = 60_000;
/** An announcement is repeated after half the idle time, before the agent could take the session for idle. */
const announceAgainAfter = 0.5;
/** Of all clusters together; the oldest go first. */
const maxKeptRules = 1_000;

export interface ConnectedAgent {
  id: string;
  connectedAt: string;
  sourceAddress: string;
}

interface KeptRules {
  untilMs: number;
  rules: Promise<PolicyRule[] | undefined>;
}

/** Which agents are connected, what their clusters are, and what they have been told. */
export class Hub {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #peers = new Map<string, AgentPeer>();
  readonly #clusters = new Map<string, ObservedCluster>();
  readonly #rules = new Map<string, KeptRules>();
  readonly #announcing = new Map<string, { peer: AgentPeer; text: string; done: Promise<void> }>();
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
    const now = this.#clock.now();
    const connection = openOverTunnel(socket, { clock: this.#clock });
    const known = this.#peers.get(agent.id);
    const peer =
      known ??
      new AgentPeer({
        id: agent.id,
        cluster: agent.cluster,
        connectedAtMs: now,
        sourceAddress: socket.remoteAddress ?? '',
      });
    this.#peers.set(agent.id, peer);
    peer.add(connection, () => {
      if (this.#peers.get(agent.id) === peer) this.#peers.delete(agent.id);
      this.#settle(agent.cluster);
      this.#logger.info({ cluster: agent.cluster, agent: agent.id }, 'agent disconnected');
    });
    this.#settle(agent.cluster);
    if (known) return;
    this.#logger.info({ cluster: agent.cluster, agent: agent.id, address: peer.sourceAddress }, 'agent connected');
    void this.#poll(peer);
  }

  status(cluster: string): ClusterStatus {
    return this.#observed(cluster).status();
  }

  /** Since when no agent of a cluster is connected; undefined while one is. */
  offlineSinceMs(cluster: string): number | undefined {
    return this.#peersOf(cluster).length > 0 ? undefined : this.#observed(cluster).sinceMs;
  }

  agents(cluster: string): ConnectedAgent[] {
    return this.#peersOf(cluster).map((peer) => ({
      id: peer.id,
      connectedAt: timestamp(peer.connectedAtMs),
      sourceAddress: peer.sourceAddress,
    }));
  }

  /**
   * An agent that knows the session. One session stays with one agent while that is connected, so that it has one
   * account.
   *
   * @throws {ControllerError} `POSTERN_CLUSTER_OFFLINE`; or what the agent answers where it cannot make the account
   */
  async peerFor(cluster: string, session: AgentSession): Promise<AgentPeer> {
    const peers = this.#peersOf(cluster);
    const peer = peers.find(({ announced }) => announced.has(session.id)) ?? peers[0];
    if (!peer) throw clusterOffline(cluster);
    const last = peer.announced.get(session.id);
    if (last !== undefined && this.#clock.now() - last < session.idleTimeoutMs * announceAgainAfter) return peer;
    await this.announce(peer, session);
    return peer;
  }

  /** Tells an agent of a session, again where it has forgotten or the session has changed. Concurrent calls share one. */
  announce(peer: AgentPeer, session: AgentSession): Promise<void> {
    const text = JSON.stringify(session);
    const running = this.#announcing.get(session.id);
    if (running?.peer === peer && running.text === text) return running.done;
    const done = agentCalls
      .announce(peer, session)
      .then(() => void peer.announced.set(session.id, this.#clock.now()))
      .finally(() => {
        if (this.#announcing.get(session.id)?.done === done) this.#announcing.delete(session.id);
      });
    this.#announcing.set(session.id, { peer, text, done });
    return done;
  }

  /** Tells those agents that know a session that it has changed, such as by a new end. */
  async announceAgain(cluster: string, session: AgentSession): Promise<void> {
    const peers = this.#peersOf(cluster).filter(({ announced }) => announced.has(session.id));
    await Promise.all(peers.map((peer) => this.announce(peer, session)));
  }

  /** Has the session's account deleted wherever it is known. What an agent cannot be told now, it does by itself on time. */
  async forget(cluster: string, sessionId: string): Promise<void> {
    await Promise.all(
      this.#peersOf(cluster)
        .filter(({ announced }) => announced.delete(sessionId))
        .map((peer) =>
          agentCalls.forget(peer, sessionId).catch((error: unknown) => {
            this.#logger.warn(
              { err: error, cluster, session: sessionId },
              'the agent could not be told of the end of a session',
            );
          }),
        ),
    );
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
    const peer = this.#peersOf(cluster)[0];
    if (!peer) return Promise.reject(clusterOffline(cluster));
    const rules = agentCalls.clusterRole(peer, name).then((role) => role?.rules);
    rules.catch(() => {
      if (this.#rules.get(key)?.rules === rules) this.#rules.delete(key);
    });
    this.#rules.delete(key);
    this.#rules.set(key, { untilMs: now + rulesKeptMs, rules });
    if (this.#rules.size > maxKeptRules) this.#rules.delete(this.#rules.keys().next().value!);
    return rules;
  }

  /** Cuts every agent of a cluster off, and forgets the cluster. */
  async removeCluster(cluster: string, reason: PosternError): Promise<void> {
    const peers = this.#peersOf(cluster);
    await Promise.all(peers.map((peer) => peer.close((connection) => connection.destroy(reason))));
    this.#clusters.delete(cluster);
  }

  /** Ordered: running streams may end, then the connections close. */
  async close(options: { drainMs: number; reason: PosternError }): Promise<void> {
    this.#closed = true;
    this.#clock.clearTimeout(this.#pollTimer);
    await Promise.all([...this.#peers.values()].map((peer) => peer.close((connection) => connection.close(options))));
  }

  #peersOf(cluster: string): AgentPeer[] {
    return [...this.#peers.values()].filter((peer) => peer.cluster === cluster && peer.isConnected);
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
    const state = this.#peersOf(cluster).length > 0 ? 'online' : 'offline';
    if (this.#observed(cluster).turned(state, this.#clock.now())) this.#changed(cluster);
  }

  #pollLater(): void {
    this.#pollTimer = this.#clock.setTimeout(() => {
      const polled = new Set<string>();
      for (const peer of this.#peers.values()) {
        if (polled.has(peer.cluster) || !peer.isConnected) continue;
        polled.add(peer.cluster);
        void this.#poll(peer);
      }
      this.#pollLater();
    }, pollEveryMs);
  }

  /** The round trip controller → agent → API server: the agent asks its API server before it answers. */
  async #poll(peer: AgentPeer): Promise<void> {
    const { cluster } = peer;
    try {
      const from = performance.now();
      const status = await agentCalls.status(peer);
      if (this.#closed || !peer.isConnected) return;
      const { changed, kept } = this.#observed(cluster).measured(status, performance.now() - from);
      if (kept) await writeKnownCluster(this.#store, { name: cluster, status, seenAt: timestamp(this.#clock.now()) });
      if (changed) this.#changed(cluster);
    } catch (error) {
      if (!this.#closed)
        this.#logger.warn({ err: error, cluster, agent: peer.id }, 'the agent could not be asked for its status');
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
