import type { ContractRouterClient } from '@orpc/contract';
import type { AppContract } from '../../proxy-core/contract/app.ts';

/**
 * All that the interface asks of the core. The WebSocket, the message port and the fake implement this one type, so every
 * screen runs on any of them. Calls throw `PosternError`.
 */
export type Bridge = ContractRouterClient<AppContract>;

/** Whether the core can be asked at all; the core's own connection to the controller is in `AppState.connection`. */
export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'open' }
  | { kind: 'lost'; since: Date; retryAt: Date | null; everOpen: boolean };

export interface BridgeConnection {
  readonly bridge: Bridge;
  readonly link: LinkState;
  /** @returns the undo */
  onLink(listener: () => void): () => void;
  reconnectNow(): void;
  close(): void;
}
