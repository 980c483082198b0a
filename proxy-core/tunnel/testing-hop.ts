import { once } from 'node:events';
import * as http from 'node:http';
import { connect, type Socket } from 'node:net';
import { type ForwardOptions, type ForwardOutcome, forwardRequest } from './forward.ts';
import { createStreamServer } from './serve-http.ts';
import { listen } from './testing-listener.ts';
import { spliceUpgrade, type UpgradeOptions } from './upgrade.ts';

/** An upstream server and one hop in front of it, over plain HTTP on loopback, for tests. */
export interface TestHop extends AsyncDisposable {
  /** The hop's port. */
  port: number;
  /** One for each request that the hop forwarded, in order. */
  outcomes: Promise<ForwardOutcome>[];
  upstream: http.Server;
  /** Sends bytes to the hop as they are; resolves with all that comes back until the connection ends. */
  raw(text: string): Promise<string>;
  /** A connection to the hop. */
  connect(): Promise<Socket>;
}

export async function startTestHop(
  onRequest: http.RequestListener,
  options: Partial<ForwardOptions & UpgradeOptions> = {},
): Promise<TestHop> {
  const upstream = createStreamServer(onRequest);
  const upstreamPort = await listen(upstream);
  const agent = new http.Agent({ keepAlive: true });
  const outcomes: Promise<ForwardOutcome>[] = [];
  const sockets = new Set<Socket>();
  const forwardOptions = (request: http.IncomingMessage): ForwardOptions => ({
    agent,
    host: '127.0.0.1',
    port: upstreamPort,
    path: request.url ?? '/',
    onError: (error, response) => {
      response.writeHead(502).end(`hop: ${error.message}`);
    },
    ...options,
  });
  const hop = createStreamServer((request, response) => {
    outcomes.push(forwardRequest(request, response, forwardOptions(request)));
  });
  hop.on('upgrade', (request, socket: Socket, head: Buffer) => {
    outcomes.push(spliceUpgrade(request, socket, head, forwardOptions(request)));
  });
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
      agent.destroy();
      for (const socket of sockets) socket.destroy();
      await Promise.all([hop, upstream].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
