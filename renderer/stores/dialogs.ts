import { createStore, type StoreApi } from 'zustand/vanilla';
import type { OfferedRole } from '../../proxy-core/contract/app.ts';
import type { Session } from '../../proxy-core/contract/sessions.ts';

/** The one question that is being asked, if any. */
export type Question =
  | { kind: 'reason'; cluster: string; role: OfferedRole; next: 'connect' | 'terminal' }
  | { kind: 'disconnect'; cluster: string; role: OfferedRole }
  | { kind: 'end-session'; session: Session }
  | { kind: 'close-terminal'; terminal: { id: string; context: string } }
  | { kind: 'sign-out' }
  | { kind: 'shortcuts' };

export type DialogStore = StoreApi<{ question: Question | null }>;

export function createDialogs(): DialogStore {
  return createStore<{ question: Question | null }>(() => ({ question: null }));
}
