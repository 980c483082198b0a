import { createStore, type StoreApi } from 'zustand/vanilla';
import type { OfferedCluster, OfferedRole } from '../../proxy-core/contract/app.ts';

/** What the person chose and did on the clusters screen, as far as the core does not keep it. */
export interface Connections {
  /** The role picked for a cluster, by cluster name. */
  chosenRole: Record<string, string>;
  /** The command that the core proposed on connecting, by context. */
  command: Record<string, string>;
  /** What is under way, by {@link busyKey}, so that a button shows it and is not pressed twice. */
  busy: Record<string, true>;
}
export type ConnectionsStore = StoreApi<Connections>;

export function createConnections(): ConnectionsStore {
  return createStore(() => ({ chosenRole: {}, command: {}, busy: {} }));
}

export type ClusterAct = 'connect' | 'disconnect' | 'terminal';
export function busyKey(act: ClusterAct, cluster: string): string {
  return `${act}:${cluster}`;
}

export function setBusy(store: ConnectionsStore, key: string): () => void {
  store.setState(({ busy }) => ({ busy: { ...busy, [key]: true } }));
  return () =>
    store.setState(({ busy }) => {
      const { [key]: _done, ...rest } = busy;
      return { busy: rest };
    });
}

/** The picked role, else one with an open session, else the default, else the first. */
export function roleInUse(cluster: OfferedCluster, chosen: string | undefined): OfferedRole | undefined {
  return (
    cluster.roles.find((held) => held.role === chosen) ??
    cluster.roles.find((held) => held.sessionId !== null) ??
    cluster.roles.find((held) => held.isDefault) ??
    cluster.roles[0]
  );
}
