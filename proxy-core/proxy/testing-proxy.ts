import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { AuditEvent } from '../contract/sessions.ts';
import type { RequestEnd, RequestOrigin } from '../session-log/types.ts';
import { UpstreamPool } from '../tunnel/index.ts';
import { ClientTokens } from './client-tokens.ts';
import { startLocalProxy } from './server.ts';
import type { AccessState, LocalProxy, ProxyClock, RequestOwner, RoleResolution } from './types.ts';

/** A request as the other side of the proxy saw it. */
export interface Seen {
  method: string;
  url: string;
  rawHeaders: string[];
  headers: IncomingMessage['headers'];
}

/** A running local proxy before a plain HTTP server that stands for the gateway; connections to it stand for tunnel streams. */
export interface TestProxy extends AsyncDisposable {
  proxy: LocalProxy;
  token: string;
  tokens: ClientTokens;
  folder: string;
  seen: Seen[];
  log: { started: { event: AuditEvent; origin: RequestOrigin }[]; completed: (RequestEnd & { auditId: string })[] };
  setState(state: AccessState): void;
  /** How many requests wait for a change of the state. */
  waiting(): number;
  /** A raw TLS connection to the proxy. */
  dial(): Promise<TLSSocket>;
  /** Sends bytes as they are and collects what comes until the connection closes. */
  exchange(text: string): Promise<string>;
  /** A head with the right Host and token. */
  head(target: string, headers?: readonly string[], method?: string): string;
}

export interface TestProxyOptions {
  gateway?: RequestListener;
  onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  resolveRole?: (cluster: string, role: string | undefined) => RoleResolution;
  state?: AccessState;
  owner?: () => RequestOwner | undefined;
  clock?: ProxyClock;
}

export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-proxy-'));
  const seen: Seen[] = [];
  const gateway = createServer((request, response) => {
    seen.push(seenOf(request));
    if (options.gateway) options.gateway(request, response);
    else response.end('{}');
  });
  gateway.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    seen.push(seenOf(request));
    if (options.onUpgrade) options.onUpgrade(request, socket, head);
    else socket.destroy();
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port: gatewayPort } = gateway.address() as AddressInfo;
  const pool = new UpstreamPool({ open: async () => connectTcp(gatewayPort, '127.0.0.1') });
  let state: AccessState = options.state ?? { kind: 'open' };
  const listeners = new Set<() => void>();
  const tokens = new ClientTokens();
  const token = tokens.issue({ kind: 'kubeconfig' });
  const log: TestProxy['log'] = { started: [], completed: [] };
  const quiet = () => undefined;
  const proxy = await startLocalProxy({
    folder,
    tokens,
    ...(options.clock ? { clock: options.clock } : {}),
    upstream: {
      pool,
      state: () => state,
      onState: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      resolveRole: options.resolveRole ?? ((_cluster, role) => ({ kind: 'role', role: role ?? 'viewer' })),
      owner:
        options.owner ??
        (() => ({ user: 'alice@acme.example', groups: ['developers'], device: { id: 'd1', name: 'laptop' } })),
    },
    log: {
      started: (event, origin) => log.started.push({ event, origin }),
      completed: (auditId, end) => log.completed.push({ auditId, ...end }),
    },
    logger: { debug: quiet, info: quiet, warn: quiet, error: (fields, message) => console.error(message, fields) },
  });
  const dial = () =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port: proxy.port, ca: proxy.caPem }, () => resolve(socket));
      socket.once('error', reject);
    });
  return {
    proxy,
    token,
    tokens,
    folder,
    seen,
    log,
    setState(next) {
      state = next;
      for (const listener of [...listeners]) listener();
    },
    // The proxy itself listens too.
    waiting: () => listeners.size - 1,
    dial,
    async exchange(text) {
      const socket = await dial();
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.write(text);
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        socket.once('error', () => resolve());
      });
      return Buffer.concat(chunks).toString();
    },
    head(target, headers = [], method = 'GET') {
      const lines = [
        `${method} ${target} HTTP/1.1`,
        `Host: 127.0.0.1:${proxy.port}`,
        `Authorization: Bearer ${token}`,
        ...headers,
      ];
      return `${lines.join('\r\n')}\r\n\r\n`;
    },
    async [Symbol.asyncDispose]() {
      await proxy.close({ graceMs: 50 });
      pool.close();
      gateway.closeAllConnections();
      await new Promise((resolve) => gateway.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function seenOf({ method, url, rawHeaders, headers }: IncomingMessage): Seen {
  return { method: method ?? '', url: url ?? '', rawHeaders, headers };
}

/** Waits for something that events bring about, without guessing how long it takes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
