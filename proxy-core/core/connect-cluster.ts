import type { Cluster, HeldRole } from '../contract/clusters.ts';
import { contextName } from '../kubeconfig/index.ts';
import { CoreError } from './errors.ts';
import { defaultRole, openSession } from './offered-clusters.ts';
import type { Organisation } from './organisation.ts';
import type { RunningCore } from './running-core.ts';

interface Wish {
  cluster: string;
  role?: string | undefined;
  reason?: string | undefined;
}

/**
 * Opens the session that a first request would open, with the reason where the grant asks for one, and says how to use it.
 *
 * @throws {CoreError} `POSTERN_SIGNED_OUT`, `POSTERN_CLUSTER_UNKNOWN`; whatever the controller refuses it with
 */
export async function connectCluster(core: RunningCore, wish: Wish, signal?: AbortSignal) {
  const { organisation } = core;
  const api = await core.api(signal);
  if (!organisation) throw new CoreError('POSTERN_SIGNED_OUT', 'Nobody is signed in');
  const { cluster, role } = findRole(organisation, wish);
  const running = wish.reason === undefined ? openSession(organisation.sessions, cluster.name, role.role) : undefined;
  const session =
    running ??
    (await api.sessions.open(
      { cluster: cluster.name, role: role.role, ...(wish.reason === undefined ? {} : { reason: wish.reason }) },
      signal ? { signal } : {},
    ));
  const context = contextName(organisation.name, { cluster: cluster.name, role: role.role, isDefault: role.isDefault });
  await core.parts.keeper.settled();
  const { path, mergedInto } = core.parts.keeper.state;
  const kubeconfig = mergedInto ?? path;
  return {
    context,
    kubeconfig,
    command: `kubectl ${mergedInto ? '' : `--kubeconfig ${quoted(path)} `}--context ${quoted(context)} get pods`,
    sessionId: session.id,
  };
}

function findRole(organisation: Organisation, wish: Wish): { cluster: Cluster; role: HeldRole } {
  const cluster = organisation.clusters.find((candidate) => candidate.name === wish.cluster);
  if (!cluster) {
    throw new CoreError('POSTERN_CLUSTER_UNKNOWN', `There is no cluster ${wish.cluster}, or no grant for it`, {
      hint: 'postern clusters lists those you may reach',
    });
  }
  const role =
    wish.role === undefined ? defaultRole(cluster) : cluster.roles.find((candidate) => candidate.role === wish.role);
  if (!role) {
    const held = cluster.roles.map((candidate) => candidate.role).join(', ');
    throw new CoreError('POSTERN_CLUSTER_UNKNOWN', `You do not hold the role ${wish.role} on ${cluster.name}`, {
      hint: held === '' ? 'ask an administrator for a grant' : `you hold: ${held}`,
    });
  }
  return { cluster, role };
}

/** For a POSIX shell; left as it is where nothing needs quoting. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
