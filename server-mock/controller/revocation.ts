import type { Logger } from 'pino';
import type { LiveEvent, Revocation } from '../../proxy-core/contract/controller.ts';
import { type Clock, timestamp } from './clock.ts';
import type { DeviceConnections } from './device-connections.ts';
import { ControllerError } from './errors.ts';
import type { Device, Devices } from './identity/devices.ts';
import type { RevocationList } from './identity/revocation-list.ts';
import type { PolicyRegistry } from './policy-registry.ts';
import type { LiveFeed } from './sessions/live-feed.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { Store } from './store/open.ts';
import { findSession } from './store/session-records.ts';

export interface RevocationDependencies {
  store: Store;
  list: RevocationList;
  devices: Devices;
  connections: DeviceConnections;
  sessions: Sessions;
  policy: PolicyRegistry;
  feed: LiveFeed;
  clock: Clock;
  logger: Logger;
}

/**
 * Revokes a user, device, session or grant. The refusal and the cut of running streams take effect before anything is
 * waited for; on return it is on disk, and the agents have deleted the accounts. Where it is the caller's own device, only
 * its connections outlast the return, for as long as the answer takes.
 *
 * @param caller the administrator's device
 * @returns how many sessions ended
 * @throws {ControllerError} `POSTERN_NOT_FOUND`. A user who never signed in can be revoked all the same
 */
export async function revoke(
  revocation: Revocation,
  caller: Device,
  dependencies: RevocationDependencies,
): Promise<number> {
  const { list, devices, sessions, policy, store, clock, logger } = dependencies;
  const by = caller.person.name;
  logger.info({ revocation, by }, 'revoked');
  const stored = { revocation, createdAt: timestamp(clock.now()), createdBy: by };
  switch (revocation.kind) {
    case 'user': {
      const written = list.add(stored);
      const ended = sessions.endWhere(({ device }) => device.person.name === revocation.name, 'revoked');
      const theirs = [...devices.all()].filter(({ person }) => person.name === revocation.name);
      await sayFarewell(theirs, caller, [written, ended], dependencies);
      return ended;
    }
    case 'device': {
      const device = await devices.byId(revocation.name);
      if (!device) throw notFound(revocation);
      const written = list.add(stored);
      const ended = sessions.endWhere((session) => session.device === device, 'revoked');
      await sayFarewell([device], caller, [written, ended], dependencies);
      return ended;
    }
    case 'session': {
      const session = sessions.get(revocation.name);
      if (!session) {
        if (await findSession(store, revocation.name)) return 0;
        throw notFound(revocation);
      }
      const written = list.add(stored);
      await Promise.all([sessions.end(session, 'revoked'), written]);
      return 1;
    }
    case 'grant': {
      if (!policy.current.grant(revocation.name) && !list.has(revocation)) throw notFound(revocation);
      const before = [...sessions.all()].filter(({ record }) => record.grant === revocation.name);
      const written = list.add(stored);
      policy.decideAnew();
      await Promise.all([written, sessions.reconsider()]);
      await sessions.settled();
      return before.filter(({ record }) => record.endedAt !== null).length;
    }
    default:
      return revocation satisfies never;
  }
}

/** @returns whether it was revoked */
export async function restore(
  revocation: Revocation,
  by: string,
  { list, policy, logger }: RevocationDependencies,
): Promise<boolean> {
  logger.info({ revocation, by }, 'restored');
  const restored = await list.remove(revocation);
  if (restored && revocation.kind === 'grant') policy.decideAnew();
  return restored;
}

/**
 * Tells devices why, and ends their connections. The answer to the caller travels on a connection of the caller's own: that
 * device hears last, and nothing waits for it.
 */
async function sayFarewell(
  revoked: readonly Device[],
  caller: Device,
  underWay: readonly Promise<unknown>[],
  { devices, feed, connections }: RevocationDependencies,
): Promise<void> {
  const farewell = async (device: Device): Promise<void> => {
    const refusal = devices.refusal(device);
    if (!refusal) return;
    const event: LiveEvent = { kind: 'revoked', message: refusal.message };
    feed.push(device.id, event);
    await connections.end(device.id, refusal);
  };
  await Promise.all([...underWay, ...revoked.filter((device) => device !== caller).map(farewell)]);
  if (revoked.includes(caller)) void farewell(caller);
}

function notFound({ kind, name }: Revocation): ControllerError {
  return new ControllerError('POSTERN_NOT_FOUND', `there is no ${kind} ${name}`);
}
