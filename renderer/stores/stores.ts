import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { AppState } from '../../proxy-core/contract/app.ts';
import type { Bridge, BridgeConnection } from '../bridge/bridge.ts';
import { type AppStateStore, followAppState } from './app-state.ts';
import { type ConnectionsStore, createConnections } from './connections.ts';
import { createDialogs, type DialogStore } from './dialogs.ts';
import { followLocation, type Location, type LocationStore } from './location.ts';
import { createSessionLog, type SessionLogFollower } from './session-log.ts';
import { createTerminalTabs, type TerminalTabsStore } from './terminal-tabs.ts';
import { createDismissedWarnings, type DismissedWarnings } from './warnings.ts';

/** Everything a screen may reach, made once per window. */
export interface Stores {
  connection: BridgeConnection;
  bridge: Bridge;
  app: StoreApi<AppStateStore>;
  location: LocationStore;
  connections: ConnectionsStore;
  dialogs: DialogStore;
  terminals: TerminalTabsStore;
  sessionLog: SessionLogFollower;
  warnings: DismissedWarnings;
  stop(): void;
}

export function createStores(connection: BridgeConnection, host: Window): Stores {
  const app = followAppState(connection);
  const location = followLocation(host);
  return {
    connection,
    bridge: connection.bridge,
    app: app.store,
    location: location.store,
    connections: createConnections(),
    dialogs: createDialogs(),
    terminals: createTerminalTabs(),
    sessionLog: createSessionLog(connection),
    warnings: createDismissedWarnings(),
    stop() {
      app.stop();
      location.stop();
      connection.close();
    },
  };
}

export const StoresContext = createContext<Stores | null>(null);

export function useStores(): Stores {
  const stores = useContext(StoresContext);
  if (!stores) throw new Error('useStores is for components inside the StoresContext');
  return stores;
}

/** Selects from the core's state; only for components that are shown once it is there. */
export function useAppState<Selected>(select: (state: AppState) => Selected): Selected {
  return useStore(useStores().app, ({ state }) => {
    if (!state) throw new Error('useAppState before the first snapshot');
    return select(state);
  });
}

/** Whether what the core said last of the clusters still holds: it answers, and the controller answers it. */
export function useIsCurrent(): boolean {
  const linked = useStore(useStores().app, ({ link }) => link.kind === 'open');
  const connected = useAppState((state) => state.connection.kind === 'open');
  return linked && connected;
}

export function useLocation(): Location {
  return useStore(useStores().location, ({ location }) => location);
}
