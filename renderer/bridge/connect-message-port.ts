import { RPCLink } from '@orpc/client/message-port';
import type { BridgeConnection } from './bridge.ts';
import { createBridge, validation } from './create-bridge.ts';
import { LinkStatus } from './link-status.ts';

/** What the preload script posts to this window, with the port to the core beside it. */
export const portMessage = 'postern:port';
/** What this window posts to its preload script when it wants a port: once loaded, and after each loss. */
export const wantPortMessage = 'postern:want-port';

/**
 * Takes the port that the preload script hands over, and each later one: after a crash the shell starts the core anew and
 * hands over a new port. Only messages of this window itself count; a frame or an opener cannot pose as the preload.
 */
export function connectMessagePort(host: Window): BridgeConnection {
  const status = new LinkStatus();
  let port: MessagePort | undefined;
  let link: RPCLink<Record<never, never>> | undefined;

  function drop(lost: MessagePort): void {
    if (port !== lost) return;
    port = undefined;
    link = undefined;
    status.lost(new Date(), null);
    ask();
  }

  function receive(event: MessageEvent): void {
    if (event.source !== host || event.origin !== host.location.origin) return;
    if (typeof event.data !== 'object' || event.data === null || event.data.type !== portMessage) return;
    const received = event.ports[0];
    if (!received) return;
    port?.close();
    port = received;
    received.addEventListener('close', () => drop(received));
    link = new RPCLink({ port: received, plugins: validation() });
    received.start();
    status.opened();
  }

  function ask(): void {
    host.postMessage({ type: wantPortMessage }, host.location.origin);
  }

  host.addEventListener('message', receive);
  ask();
  return {
    bridge: createBridge(() => link),
    get link() {
      return status.state;
    },
    onLink: (listener) => status.onChange(listener),
    reconnectNow: ask,
    close() {
      host.removeEventListener('message', receive);
      port?.close();
    },
  };
}
