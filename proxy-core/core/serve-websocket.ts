import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LoopbackAccess } from './loopback-access.ts';
import type { Logger } from './surroundings.ts';
import { toOrpcError, translating } from './wire-errors.ts';
import { isWireMessage } from './wire-message.ts';

export const rpcPath = '/rpc';
/** The largest message is a policy of 4 MiB, in JSON. */
export const maxMessageBytes = 16 * 1024 * 1024;
const maxConnections = 64;

interface WebSocketOptions {
  access: LoopbackAccess;
  /** Resolves once the core can be asked. */
  router: Promise<AnyRouter>;
  logger: Logger;
}

/** Serves the app contract to browsers and the command line. @returns what ends every connection */
export function serveWebSocket(server: Server, { access, router, logger }: WebSocketOptions): () => void {
  // No compression: it would cost more than loopback saves, and memory per connection.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false });
  const handler = router.then((ready) => contractHandler(RPCHandler, ready, logger));

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const visitor = access.identify(request);
    if (request.url !== rpcPath) return refuse(socket, 404, 'Not Found');
    if (visitor.kind === 'stranger') {
      logger.warn({ reason: visitor.reason }, 'a connection to the core was refused');
      return refuse(socket, 403, 'Forbidden');
    }
    if (sockets.clients.size >= maxConnections) return refuse(socket, 503, 'Service Unavailable');
    handler.then(
      (ready) =>
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          webSocket.on('error', (error) => logger.warn({ err: error }, 'a connection to the core broke'));
          void ready.upgrade(guarded(webSocket));
        }),
      () => refuse(socket, 503, 'Service Unavailable'),
    );
  });

  return () => {
    for (const webSocket of sockets.clients) webSocket.close(1001);
    for (const webSocket of sockets.clients) webSocket.terminate();
    sockets.close();
  };
}

/** The app contract's router as an oRPC handler for one transport, with our errors. */
export function contractHandler<Handler>(
  Transport: new (router: AnyRouter, options: { clientInterceptors: ClientInterceptor[] }) => Handler,
  router: AnyRouter,
  logger: Logger,
): Handler {
  return new Transport(router, {
    clientInterceptors: [
      (options) =>
        translating(
          () => options.next(),
          (error) => {
            const translated = toOrpcError(error);
            if (translated.code === 'POSTERN_INTERNAL') logger.error({ err: error }, 'a call to the core failed');
            return translated;
          },
        ),
    ],
  });
}

type ClientInterceptor = (options: { next(): Promise<unknown> }) => Promise<unknown>;

/**
 * A WebSocket as oRPC is given it. oRPC awaits each `send` before it asks an iterator for more, so a send is done only when
 * the kernel has taken it. A message that is none ends the connection.
 */
function guarded(webSocket: WebSocket): Pick<WebSocket, 'addEventListener' | 'send'> {
  return {
    addEventListener: ((type: 'message' | 'close', listener: (event: { data: unknown }) => void) => {
      if (type === 'close') webSocket.on('close', () => listener({ data: undefined }));
      else {
        webSocket.on('message', (bytes, isBinary) => {
          const data = String(bytes);
          if (!isBinary && isWireMessage(data)) listener({ data });
          else webSocket.close(1007, 'not a message of the app contract');
        });
      }
    }) as WebSocket['addEventListener'],
    // A connection that closes meanwhile is told through its `close` event, which ends the iterators.
    send: ((data: string | Uint8Array) =>
      new Promise<void>((resolve) => webSocket.send(data, () => resolve()))) as unknown as WebSocket['send'],
  };
}

function refuse(socket: Duplex, status: number, text: string): void {
  socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
