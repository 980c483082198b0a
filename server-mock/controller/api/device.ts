import type { HeldRole } from '../../../proxy-core/contract/clusters.ts';
import type { DeviceConnections } from '../device-connections.ts';
import type { Entitlements } from '../entitlements.ts';
import { ControllerError, GatewayError } from '../errors.ts';
import { clusterOffline, type Hub } from '../hub/hub.ts';
import type { Devices, Person } from '../identity/devices.ts';
import type { LiveFeed } from '../sessions/live-feed.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { AuditLog } from '../store/audit-log.ts';
import type { Store } from '../store/open.ts';
import { findSession, listSessions } from '../store/session-records.ts';
import { os } from './builder.ts';
import { callerOf } from './context.ts';

export interface DeviceApiDependencies {
  store: Store;
  audit: AuditLog;
  devices: Devices;
  connections: DeviceConnections;
  entitlements: Entitlements;
  feed: LiveFeed;
  hub: Pick<Hub, 'offlineSinceMs'>;
  sessions: Sessions;
}

/** What a signed-in device may ask about itself and its person. */
export function deviceApi(dependencies: DeviceApiDependencies) {
  const { store, audit, devices, connections, entitlements, feed, hub, sessions } = dependencies;

  return {
    live: {
      watch: os.live.watch.handler(({ context, signal }) => {
        const { device } = callerOf(context, devices);
        return feed.subscribe(device.id, () => entitlements.snapshot(device), signal);
      }),
    },

    sessions: {
      open: os.sessions.open.handler(async ({ context, input }) => {
        const caller = callerOf(context, devices);
        const role = heldRole(entitlements, caller.device.person, input.cluster, input.role);
        if (hub.offlineSinceMs(input.cluster) !== undefined) throw clusterOffline(input.cluster);
        const session = await sessions.open(caller, input.cluster, role, {
          kind: 'connect',
          reason: input.reason ?? null,
        });
        return structuredClone(session.record);
      }),

      end: os.sessions.end.handler(async ({ context, input }) => {
        const { device } = callerOf(context, devices);
        const session = sessions.get(input.id);
        if (session?.device === device) {
          await sessions.end(session, 'disconnected');
          return structuredClone(session.record);
        }
        // Ended already; of another device, even of the same person, it is not to be touched from here.
        const record = session ? undefined : await findSession(store, input.id);
        if (record?.device.id !== device.id) throw unknownSession(input.id);
        return record;
      }),

      list: os.sessions.list.handler(async ({ context, input }) => {
        const { device } = callerOf(context, devices);
        const page = await listSessions(store, { ...input, user: device.person.name });
        return { ...page, sessions: page.sessions.map((record) => sessions.get(record.id)?.record ?? record) };
      }),

      events: os.sessions.events.handler(async ({ context, input }) => {
        const { device } = callerOf(context, devices);
        const record = sessions.get(input.id)?.record ?? (await findSession(store, input.id));
        if (record?.user !== device.person.name) throw unknownSession(input.id);
        return audit.ofSession(input.id, input);
      }),
    },

    signOut: os.signOut.handler(async ({ context }) => {
      const { device } = callerOf(context, devices);
      // In force at once: what runs is cut also where the disk refuses to note it.
      const written = devices.signOut(device);
      const ended = sessions.endWhere((session) => session.device === device, 'signed-out');
      const outcome = await Promise.allSettled([written, ended]);
      const reason = devices.refusal(device);
      // Not awaited: the answer to this very call travels on one of these connections.
      if (reason) void connections.end(device.id, reason);
      for (const each of outcome) if (each.status === 'rejected') throw each.reason;
      return { signedOut: true as const };
    }),
  };
}

/** The role that a person holds on a cluster: the named one, or the default. @throws {GatewayError} */
function heldRole(entitlements: Entitlements, person: Person, cluster: string, role: string | undefined): HeldRole {
  const found = entitlements.clustersOf(person).find(({ name }) => name === cluster);
  if (!found) {
    throw new GatewayError('POSTERN_CLUSTER_UNKNOWN', `there is no cluster "${cluster}" that ${person.name} may use`, {
      hint: 'see postern clusters, or ask an administrator for a grant',
    });
  }
  const held = found.roles.find((each) => (role === undefined ? each.isDefault : each.role === role));
  if (held) return held;
  throw new GatewayError(
    'POSTERN_FORBIDDEN',
    `${person.name} does not hold the role "${role}" on cluster "${cluster}"`,
    {
      hint: `held there: ${found.roles.map((each) => each.role).join(', ')}`,
    },
  );
}

/** The same for sessions of others and for none: whether an id exists is nobody else's business. */
function unknownSession(id: string): ControllerError {
  return new ControllerError('POSTERN_NOT_FOUND', `there is no session ${id}`);
}
