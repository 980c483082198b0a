import type { AppState } from '../../../proxy-core/contract/app.ts';

export type TerminalState = AppState['terminals'][number];
