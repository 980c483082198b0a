import { createStore, type StoreApi } from 'zustand/vanilla';

/** The core keeps the terminals; here is only which one is in front, and which were opened from this window. */
export interface TerminalTabs {
  active: string | null;
  /** Opened here and not attached yet: its first output is live, not kept scrollback. */
  fresh: Record<string, true>;
  searching: boolean;
}
export type TerminalTabsStore = StoreApi<TerminalTabs>;

export function createTerminalTabs(): TerminalTabsStore {
  return createStore<TerminalTabs>(() => ({ active: null, fresh: {}, searching: false }));
}

/** The tab to show: the chosen one while it exists, else the newest. */
export function frontTerminal(active: string | null, terminals: readonly { id: string }[]): string | null {
  if (terminals.some((terminal) => terminal.id === active)) return active;
  return terminals.at(-1)?.id ?? null;
}
