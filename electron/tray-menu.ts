import type { AppState, OfferedCluster, OfferedRole } from '../proxy-core/contract/app.ts';
import type { CoreProcessState } from './core-host.ts';

/** What the tray offers, as plain data; tray.ts makes a menu of it. */
export type TrayEntry =
  | { kind: 'separator' }
  | { kind: 'text'; label: string }
  | { kind: 'action'; label: string; action: TrayAction }
  | { kind: 'submenu'; label: string; entries: TrayEntry[] };

export type TrayAction =
  | { kind: 'open' }
  | { kind: 'quit' }
  | { kind: 'sign-in' }
  | { kind: 'cancel-sign-in' }
  | { kind: 'sign-out' }
  | { kind: 'connect'; cluster: string; role: string }
  | { kind: 'disconnect'; cluster: string; role: string }
  | { kind: 'copy-command'; context: string };

/** Longer lists belong into the window. */
export const maxTrayClusters = 15;
export const maxRecent = 5;

export interface RecentCluster {
  cluster: string;
  role: string;
}

/**
 * The tray's menu.
 *
 * @param state undefined while no core runs
 * @param recent the newest first; what the person has no right to any more is left out
 */
export function trayMenu(
  state: AppState | undefined,
  core: CoreProcessState,
  recent: readonly RecentCluster[],
): TrayEntry[] {
  const foot: TrayEntry[] = [
    { kind: 'separator' },
    { kind: 'action', label: 'Open Postern', action: { kind: 'open' } },
    { kind: 'action', label: 'Quit Postern', action: { kind: 'quit' } },
  ];
  if (!state) return [{ kind: 'text', label: coreLine(core) }, ...foot];
  const entries: TrayEntry[] = [{ kind: 'text', label: stateLine(state) }];
  if (state.identity.kind === 'signed-in') entries.push(...clusterEntries(state.clusters, recent));
  return [...entries, { kind: 'separator' }, identityEntry(state), ...foot];
}

/** One line: who is signed in, and whether the tunnel is open. */
export function stateLine({ identity, connection, organisation }: AppState): string {
  switch (identity.kind) {
    case 'signed-out':
      return 'Signed out';
    case 'signing-in':
      return 'Signing in…';
    case 'signed-in': {
      const who = organisation ? `${identity.user.name} · ${organisation.name}` : identity.user.name;
      return `${who} · ${connectionWord(connection)}`;
    }
    default:
      return identity satisfies never;
  }
}

function connectionWord(connection: AppState['connection']): string {
  switch (connection.kind) {
    case 'open':
      return 'connected';
    case 'connecting':
      return 'connecting…';
    case 'waiting':
      return 'controller not reachable';
    case 'idle':
      return 'not connected';
    default:
      return connection satisfies never;
  }
}

function coreLine(core: CoreProcessState): string {
  switch (core.kind) {
    case 'failed':
      return 'Postern could not start';
    case 'waiting':
      return 'Restarting…';
    case 'stopping':
    case 'stopped':
      return 'Stopping…';
    case 'not-started':
    case 'starting':
    case 'running':
      return 'Starting…';
    default:
      return core satisfies never;
  }
}

function identityEntry({ identity }: AppState): TrayEntry {
  switch (identity.kind) {
    case 'signed-out':
      return { kind: 'action', label: 'Sign in…', action: { kind: 'sign-in' } };
    case 'signing-in':
      return { kind: 'action', label: 'Cancel signing in', action: { kind: 'cancel-sign-in' } };
    case 'signed-in':
      return { kind: 'action', label: 'Sign out', action: { kind: 'sign-out' } };
    default:
      return identity satisfies never;
  }
}

function clusterEntries(clusters: readonly OfferedCluster[], recent: readonly RecentCluster[]): TrayEntry[] {
  if (clusters.length === 0) return [{ kind: 'separator' }, { kind: 'text', label: 'No clusters' }];
  const shown = clusters.slice(0, maxTrayClusters);
  const entries: TrayEntry[] = [{ kind: 'separator' }, ...shown.map(clusterEntry)];
  const left = clusters.length - shown.length;
  if (left > 0) entries.push({ kind: 'action', label: `${left} more…`, action: { kind: 'open' } });
  const known = recent
    .filter(({ cluster, role }) =>
      clusters.some((offered) => offered.name === cluster && offered.roles.some((held) => held.role === role)),
    )
    .slice(0, maxRecent);
  if (known.length > 0) {
    entries.push({ kind: 'separator' }, { kind: 'text', label: 'Recent' });
    for (const { cluster, role } of known)
      entries.push({
        kind: 'action',
        label: `Connect to ${cluster} as ${role}`,
        action: { kind: 'connect', cluster, role },
      });
  }
  return entries;
}

function clusterEntry(cluster: OfferedCluster): TrayEntry {
  const isConnected = cluster.roles.some(({ sessionId }) => sessionId !== null);
  const words = [cluster.name];
  if (cluster.status === 'offline') words.push('offline');
  if (isConnected) words.push('connected');
  return {
    kind: 'submenu',
    label: words.join(' · '),
    entries: cluster.roles.flatMap((role): TrayEntry[] => [
      sessionEntry(cluster.name, role),
      {
        kind: 'action',
        label: `Copy kubectl command for ${role.role}`,
        action: { kind: 'copy-command', context: role.context },
      },
    ]),
  };
}

function sessionEntry(cluster: string, { role, sessionId, requireReason }: OfferedRole): TrayEntry {
  if (sessionId !== null)
    return { kind: 'action', label: `Disconnect ${role}`, action: { kind: 'disconnect', cluster, role } };
  // A reason is typed in the window.
  if (requireReason) return { kind: 'action', label: `Connect as ${role}…`, action: { kind: 'open' } };
  return { kind: 'action', label: `Connect as ${role}`, action: { kind: 'connect', cluster, role } };
}

/** What was connected since the last state goes to the front of the recent ones. */
export function noteRecent(
  recent: readonly RecentCluster[],
  before: AppState | undefined,
  now: AppState,
): readonly RecentCluster[] {
  const known = new Set(before ? sessionsOf(before).map(({ sessionId }) => sessionId) : []);
  const front = sessionsOf(now).filter(({ sessionId }) => !known.has(sessionId));
  if (front.length === 0) return recent;
  const rest = recent.filter((old) => !front.some((one) => one.cluster === old.cluster && one.role === old.role));
  return [...front.map(({ cluster, role }) => ({ cluster, role })), ...rest].slice(0, maxRecent * 2);
}

function sessionsOf(state: AppState): { cluster: string; role: string; sessionId: string }[] {
  return state.clusters.flatMap(({ name, roles }) =>
    roles.flatMap(({ role, sessionId }) => (sessionId === null ? [] : [{ cluster: name, role, sessionId }])),
  );
}
