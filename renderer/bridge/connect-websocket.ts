import { RPCLink } from '@orpc/client/websocket';
import type { BridgeConnection } from './bridge.ts';
import { createBridge, validation } from './create-bridge.ts';
import { LinkStatus } from './link-status.ts';

const firstRetryMs = 250;
const longestRetryMs = 5_000;

export interface WebSocketBridgeOptions {
  /** `ws://127.0.0.1:<port>/rpc`; the cookie of this origin says who we are. */
  url: string;
  createSocket?: (url: string) => WebSocket;
  random?: () => number;
}

/** Joins the core that serves this page, and joins again for as long as the page is open: back-off with jitter, at most 5 s. */
export function connectWebSocket({
  url,
  createSocket = (address) => new WebSocket(address),
  random = Math.random,
}: WebSocketBridgeOptions): BridgeConnection {
  const status = new LinkStatus();
  let socket: WebSocket | undefined;
  let link: RPCLink<Record<never, never>> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let closed = false;

  function open(): void {
    clearTimeout(retry);
    status.connecting();
    const opening = createSocket(url);
    opening.binaryType = 'arraybuffer';
    socket = opening;
    opening.addEventListener('open', () => {
      attempt = 0;
      link = new RPCLink({ websocket: opening, plugins: validation() });
      status.opened();
    });
    opening.addEventListener('close', () => {
      if (socket !== opening) return;
      socket = undefined;
      link = undefined;
      if (!closed) retryLater();
    });
  }

  function retryLater(): void {
    const ceilingMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt, 10));
    attempt += 1;
    const delayMs = ceilingMs / 2 + (random() * ceilingMs) / 2;
    status.lost(new Date(), new Date(Date.now() + delayMs));
    retry = setTimeout(open, delayMs);
  }

  open();
  return {
    bridge: createBridge(() => link),
    get link() {
      return status.state;
    },
    onLink: (listener) => status.onChange(listener),
    reconnectNow() {
      if (!socket && !closed) open();
    },
    close() {
      closed = true;
      clearTimeout(retry);
      socket?.close();
    },
  };
}
