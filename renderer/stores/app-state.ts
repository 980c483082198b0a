import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppState, StateEvent } from '../../proxy-core/contract/app.ts';
import type { BridgeConnection, LinkState } from '../bridge/bridge.ts';
import { follow } from '../bridge/follow.ts';

export interface AppStateStore {
  /** Undefined until the first snapshot; afterwards the last known, also while the link is lost. */
  state: AppState | undefined;
  link: LinkState;
}

/** Mirrors the core's state: the snapshot first, then what changes. */
export function followAppState(connection: BridgeConnection): { store: StoreApi<AppStateStore>; stop: () => void } {
  const store = createStore<AppStateStore>(() => ({ state: undefined, link: connection.link }));
  const stopLink = connection.onLink(() => store.setState({ link: connection.link }));
  const stopState = follow(
    connection,
    (signal) => connection.bridge.state.watch(undefined, { signal }),
    (event) => store.setState(({ state }) => ({ state: applyStateEvent(state, event) })),
  );
  return {
    store,
    stop() {
      stopLink();
      stopState();
    },
  };
}

/** A change before any snapshot says nothing we could show. */
export function applyStateEvent(state: AppState | undefined, event: StateEvent): AppState | undefined {
  switch (event.kind) {
    case 'snapshot':
      return event.state;
    case 'changed':
      return state && { ...state, ...event.changes };
    default:
      return event satisfies never;
  }
}
