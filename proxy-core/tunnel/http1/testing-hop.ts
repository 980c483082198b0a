import { once } from 'node:events';
import type * as http from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { createStreamServer, maxHeaderBytes } from '../serve-http.ts';
import { listen } from '../testing-listener.ts';
import type { Exchange } from './exchange.ts';
import type { ForwardOptions, ForwardOutcome } from './forward-options.ts';
import { HttpServer } from './http-server.ts';
import { UpstreamPool } from './upstream-pool.ts';

/** An upstream server and one hop in front of it, over plain HTTP on loopback, for tests. */
export interface TestHop extends AsyncDisposable {
  /** The hop's port. */
  port: number;
  /** One for each request that the hop forwarded, in order. */
  outcomes: Promise<ForwardOutcome>[];
  exchanges: Exchange[];
  upstream: http.Server;
  /** Sends bytes to the hop as they are; resolves with all that comes back until the connection ends. */
  raw(text: string): Promise<string>;
  /** A connection to the hop. */
  connect(): Promise<Socket>;
}

export async function startTestHop(
  onRequest: http.RequestListener,
  options: Partial<ForwardOptions> = {},
): Promise<TestHop> {
  const upstream = createStreamServer(onRequest);
  const upstreamPort = await listen(upstream);
  const pool = new UpstreamPool({
    open: async () => connect({ port: upstreamPort, host: '127.0.0.1', noDelay: true }),
  });
  const outcomes: Promise<ForwardOutcome>[] = [];
  const exchanges: Exchange[] = [];
  const sockets = new Set<Socket>();
  const forward = (exchange: Exchange) =>
    exchange.forward({
      pool,
      target: exchange.request.target,
      onError: (error) => void exchange.answer({ status: 502, headers: [], body: `hop: ${error.message}` }),
      ...options,
    });
  const server = new HttpServer({
    maxHeadBytes: maxHeaderBytes,
    onRequest: (exchange) => {
      exchanges.push(exchange);
      outcomes.push(forward(exchange));
    },
    onUnreadable: (exchange, { status, message }) => void exchange.answer({ status, headers: [], body: message }),
  });
  const hop = createServer((socket) => server.serve(socket));
  for (const server of [hop, upstream]) {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
  }
  const port = await listen(hop);
  const open = async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.add(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return {
    port,
    outcomes,
    exchanges,
    upstream,
    connect: open,
    raw: async (text) => {
      const socket = await open();
      socket.write(text, 'latin1');
      let answer = '';
      socket.setEncoding('latin1');
      for await (const chunk of socket) answer += chunk;
      return answer;
    },
    async [Symbol.asyncDispose]() {
      pool.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([hop, upstream].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
