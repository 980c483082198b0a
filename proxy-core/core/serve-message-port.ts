import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/message-port';
import { contractHandler } from './serve-websocket.ts';
import type { Logger } from './surroundings.ts';
import type { MessagePortLike } from './types.ts';
import { isWireMessage } from './wire-message.ts';

/**
 * Serves the app contract on one end of a MessagePort. A port has no back-pressure of its own: state and session events are
 * small and merged, and a terminal's window confirms what it has drawn (`terminals.acknowledge`).
 */
export function serveMessagePort(router: AnyRouter, port: MessagePortLike, logger: Logger): void {
  const handler = contractHandler(RPCHandler, router, logger);
  handler.upgrade(guarded(port, logger));
  port.start();
}

/** A port as oRPC is given it; a message that is none ends it, as on a WebSocket. */
function guarded(port: MessagePortLike, logger: Logger) {
  return {
    postMessage: (message: unknown) => port.postMessage(message),
    on(event: string, listener: (event: { data: unknown } | undefined) => void): void {
      if (event !== 'message') port.on(event, () => listener(undefined));
      else {
        port.on('message', (received?: unknown) => {
          // Node's own MessagePort gives the message itself, Electron's an event that holds it.
          const data =
            typeof received === 'object' && received !== null && 'data' in received ? received.data : received;
          if (isWireMessage(data)) listener({ data });
          else {
            logger.warn({}, 'a window sent what is no message, and was cut off');
            port.close();
          }
        });
      }
    },
  };
}
