import type { Logger } from 'pino';
import type { Cluster } from '../../proxy-core/contract/clusters.ts';
import type { LiveEvent } from '../../proxy-core/contract/controller.ts';
import type { Clock } from './clock.ts';
import type { Hub } from './hub/hub.ts';
import type { Device, Devices, Person } from './identity/devices.ts';
import { clusterFacts } from './policy/selector.ts';
import type { PolicyRegistry } from './policy-registry.ts';
import type { LiveFeed } from './sessions/live-feed.ts';
import type { Sessions } from './sessions/sessions.ts';

/** Changes that come together, such as an agent's several connections, are told together. */
const gatherMs = 50;

export interface EntitlementsDependencies {
  policy: Pick<PolicyRegistry, 'current' | 'clusters'>;
  hub: Pick<Hub, 'status'>;
  devices: Pick<Devices, 'user' | 'byId'>;
  sessions: Pick<Sessions, 'ofDevice'>;
  feed: LiveFeed;
  replicas: () => string[];
  clock: Clock;
  logger: Logger;
}

/** Which clusters people see, and the pushes when that changes. */
export class Entitlements {
  readonly #with: EntitlementsDependencies;
  readonly #told = new Map<string, string>();
  #timer: unknown;

  constructor(dependencies: EntitlementsDependencies) {
    this.#with = dependencies;
  }

  /** The clusters on which a person holds a role, by name, with those roles. */
  clustersOf(person: Person): Cluster[] {
    const { policy, hub } = this.#with;
    const clusters: Cluster[] = [];
    for (const [name, document] of policy.clusters) {
      const facts = clusterFacts(document);
      const roles = [...policy.current.heldRoles(person, facts)];
      if (roles.length === 0) continue;
      clusters.push({
        name,
        displayName: document.spec?.displayName ?? name,
        labels: facts.labels,
        ...hub.status(name),
        roles,
      });
    }
    return clusters;
  }

  snapshot(device: Device): LiveEvent {
    const { devices, sessions, replicas } = this.#with;
    const clusters = this.clustersOf(device.person);
    this.#told.set(device.id, JSON.stringify(clusters));
    return {
      kind: 'snapshot',
      user: devices.user(device.person),
      clusters,
      sessions: sessions.ofDevice(device.id).map(({ record }) => structuredClone(record)),
      replicas: replicas(),
    };
  }

  /** Tells every subscribed device, shortly, what has changed for it. */
  changed(): void {
    this.#timer ??= this.#with.clock.setTimeout(() => {
      this.#timer = undefined;
      this.#tell().catch((error: unknown) =>
        this.#with.logger.error({ err: error }, 'changed entitlements could not be told'),
      );
    }, gatherMs);
  }

  close(): void {
    this.#with.clock.clearTimeout(this.#timer);
  }

  async #tell(): Promise<void> {
    const { feed, devices } = this.#with;
    const subscribed = feed.subscribedDevices();
    for (const id of this.#told.keys()) if (!subscribed.includes(id)) this.#told.delete(id);
    for (const id of subscribed) {
      const device = await devices.byId(id);
      if (!device) continue;
      const clusters = this.clustersOf(device.person);
      const text = JSON.stringify(clusters);
      if (this.#told.get(id) === text) continue;
      this.#told.set(id, text);
      feed.push(id, { kind: 'clusters', clusters });
    }
  }
}
