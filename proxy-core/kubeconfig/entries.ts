import type { Cluster, Context, User } from '@kubernetes/client-node';
import { contextName } from './context-name.ts';
import type { ContextEntry, KubeconfigLease } from './types.ts';

/** The three lists of a kubeconfig, and the key under which each entry keeps its content beside `name`. */
export const entryLists = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;
export type EntryList = keyof typeof entryLists;

/** The name of the extension by which an entry is known as ours; kubectl and Lens carry extensions along. */
export const markerName = 'postern.dev';

/** What our extension holds. */
export interface Marker {
  /** Which Postern on this machine wrote the entry. */
  installation: string;
  /** Contexts only: the namespace that we wrote, so that another one is known to be the person's own choice. */
  namespace?: string;
}

/** One entry as it stands in the file. */
export interface NamedEntry {
  name: string;
  content: Record<string, unknown>;
}

export type OwnEntries = Record<EntryList, NamedEntry[]>;

export const noEntries: OwnEntries = { clusters: [], users: [], contexts: [] };

/** The entries of a lease, in the order of its contexts. */
export function ownEntries(lease: KubeconfigLease, installation: string): OwnEntries {
  const entries: OwnEntries = { clusters: [], users: [], contexts: [] };
  for (const offered of lease.contexts) {
    const name = contextName(lease.organisation, offered);
    const path = `/clusters/${offered.cluster}${offered.isDefault ? '' : `/roles/${offered.role}`}`;
    const caData = Buffer.from(lease.caPem).toString('base64');
    const cluster: Cluster = { name, server: lease.proxyUrl + path, caData, skipTLSVerify: false };
    const user: User = { name, token: contextToken(lease.token, offered) };
    const context: Context = { name, cluster: name, user: name, namespace: offered.namespace };
    entries.clusters.push(clusterEntry(cluster, { installation }));
    entries.users.push(userEntry(user, { installation }));
    entries.contexts.push(contextEntry(context, { installation, namespace: offered.namespace }));
  }
  return entries;
}

/**
 * The token as one context carries it: the secret is one and the same, and behind it stands which context it is, for the
 * requests that come without the server's path (`kubectl get --raw`).
 */
function contextToken(secret: string, { cluster, role, isDefault }: ContextEntry): string {
  return `${secret}.${cluster}${isDefault ? '' : `+${role}`}`;
}

function clusterEntry({ name, server, caData }: Cluster, marker: Marker): NamedEntry {
  return { name, content: { server, 'certificate-authority-data': caData, ...extensions(marker) } };
}

function userEntry({ name, token }: User, marker: Marker): NamedEntry {
  return { name, content: { token, ...extensions(marker) } };
}

function contextEntry({ name, cluster, user, namespace }: Context, marker: Marker): NamedEntry {
  return { name, content: { cluster, user, ...(namespace ? { namespace } : {}), ...extensions(marker) } };
}

function extensions({ installation, namespace }: Marker) {
  return { extensions: [{ name: markerName, extension: { installation, ...(namespace ? { namespace } : {}) } }] };
}

/** The marker of an entry's content as read from a file; undefined where the entry is not ours. */
export function markerOf(content: unknown, installation: string): Marker | undefined {
  const { extensions } = (content ?? {}) as { extensions?: unknown };
  if (!Array.isArray(extensions)) return undefined;
  for (const entry of extensions) {
    if (entry?.name === markerName && entry.extension?.installation === installation) return entry.extension as Marker;
  }
  return undefined;
}
