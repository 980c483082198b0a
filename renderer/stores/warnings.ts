import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Problem } from '../../proxy-core/contract/app.ts';

/** Which warnings the person has put away; they stay readable in the settings, and come back with the next start. */
export type DismissedWarnings = StoreApi<{ dismissed: Record<string, true> }>;

export function createDismissedWarnings(): DismissedWarnings {
  return createStore<{ dismissed: Record<string, true> }>(() => ({ dismissed: {} }));
}

/** Whether it is worth a line above every screen; an emulated cluster says so itself wherever it is shown. */
export function isLoud(problem: Problem): boolean {
  return problem.code !== 'POSTERN_CLUSTER_EMULATED';
}

export function warningKey(problem: Problem): string {
  return `${problem.code} ${problem.message}`;
}

export function dismiss(store: DismissedWarnings, problem: Problem): void {
  store.setState(({ dismissed }) => ({ dismissed: { ...dismissed, [warningKey(problem)]: true } }));
}
