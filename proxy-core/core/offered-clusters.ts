import type { AppState, OfferedCluster, Problem } from '../contract/app.ts';
import type { Cluster, HeldRole } from '../contract/clusters.ts';
import type { Session } from '../contract/sessions.ts';
import { type ContextEntry, contextName } from '../kubeconfig/index.ts';
import type { RoleResolution } from '../proxy/index.ts';

/**
 * The clusters as the windows show them: each role with its context and its open session.
 *
 * @param lostAt when the controller was lost, away from which no cluster can be reached; undefined while it is there
 */
export function offeredClusters(
  organisation: string,
  clusters: readonly Cluster[],
  sessions: readonly Session[],
  lostAt: string | undefined,
): OfferedCluster[] {
  return clusters.map(({ roles, ...cluster }) => ({
    ...cluster,
    ...(lostAt !== undefined && cluster.status === 'online'
      ? { status: 'offline' as const, statusSince: lostAt, latencyMs: null }
      : {}),
    roles: roles.map((role) => ({
      ...role,
      context: contextName(organisation, { cluster: cluster.name, role: role.role, isDefault: role.isDefault }),
      sessionId: openSession(sessions, cluster.name, role.role)?.id ?? null,
    })),
  }));
}

/** One context per role held. Two grants of one role on one cluster are one context. */
export function contextEntries(clusters: readonly Cluster[]): ContextEntry[] {
  return clusters.flatMap((cluster) => {
    const byRole = new Map<string, HeldRole>();
    for (const role of cluster.roles) {
      const present = byRole.get(role.role);
      if (!present || (role.isDefault && !present.isDefault)) byRole.set(role.role, role);
    }
    return [...byRole.values()].map(({ role, isDefault, defaultNamespace }) => ({
      cluster: cluster.name,
      role,
      isDefault,
      ...(defaultNamespace === undefined ? {} : { namespace: defaultNamespace }),
    }));
  });
}

/**
 * Which role a context's path means.
 *
 * @param live whether the controller says so now; an old push says nothing about which agents are connected
 */
export function resolveRole(
  clusters: readonly Cluster[],
  name: string,
  role: string | undefined,
  live: boolean,
): RoleResolution {
  const cluster = clusters.find((candidate) => candidate.name === name);
  if (!cluster) return { kind: 'cluster-unknown' };
  const held = role === undefined ? defaultRole(cluster) : cluster.roles.find((candidate) => candidate.role === role);
  if (!held) return { kind: 'role-not-held', held: cluster.roles.map((candidate) => candidate.role) };
  if (live && cluster.status === 'offline') return { kind: 'cluster-offline', since: cluster.statusSince };
  return { kind: 'role', role: held.role };
}

export function defaultRole(cluster: Cluster): HeldRole | undefined {
  return cluster.roles.find((role) => role.isDefault) ?? cluster.roles[0];
}

export function openSession(sessions: readonly Session[], cluster: string, role: string): Session | undefined {
  return sessions.find((session) => session.endedAt === null && session.cluster === cluster && session.role === role);
}

/** What a person should not take for the real or the safe thing. */
export function clusterWarnings(clusters: AppState['clusters']): Problem[] {
  return clusters.flatMap((cluster) => [
    ...(cluster.emulated
      ? [
          {
            code: 'POSTERN_CLUSTER_EMULATED',
            message: `${cluster.displayName} is Postern’s emulation of a cluster, not Kubernetes`,
            hint: null,
          },
        ]
      : []),
    ...(cluster.insecureSkipTlsVerify
      ? [
          {
            code: 'POSTERN_API_SERVER_UNVERIFIED',
            message: `The agent of ${cluster.displayName} does not verify the API server’s certificate`,
            hint: 'give the agent the API server’s CA and drop insecure-skip-tls-verify',
          },
        ]
      : []),
  ]);
}
