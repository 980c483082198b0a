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

/**
 * The tab to show: the chosen one while it exists, else the newest. One that was just opened and is not in the core's state
 * yet is waited for: another shell in front meanwhile would get what is typed.
 */
export function frontTerminal(
  active: string | null,
  terminals: readonly { id: string }[],
  fresh: TerminalTabs['fresh'] = {},
): string | null {
  if (active !== null && fresh[active]) return active;
  if (terminals.some((terminal) => terminal.id === active)) return active;
  return terminals.at(-1)?.id ?? null;
}

/** Titles as shown: where several terminals have the same one, the later ones are counted (`acme/dev 2`). */
export function tabTitles(terminals: readonly { id: string; title: string }[]): Map<string, string> {
  const seen = new Map<string, number>();
  return new Map(
    terminals.map(({ id, title }) => {
      const ordinal = (seen.get(title) ?? 0) + 1;
      seen.set(title, ordinal);
      return [id, ordinal === 1 ? title : `${title} ${ordinal}`];
    }),
  );
}
