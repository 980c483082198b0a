import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { contractHandler } from './serve-websocket.ts';
import type { Logger } from './surroundings.ts';
import type { MessagePortLike } from './types.ts';

/**
 * Serves the app contract on one end of a MessagePort. A port has no back-pressure of its own: state and session events are
 * small and merged, and a terminal's window confirms what it has drawn (`terminals.acknowledge`).
 */
export function serveMessagePort(router: AnyRouter, port: MessagePortLike, logger: Logger): void {
  const handler = contractHandler(RPCHandler, router, logger);
  handler.upgrade(port as Parameters<typeof handler.upgrade>[0]);
  port.start();
}
