import http from 'node:http';
import * as net from 'node:net';
import { CoreV1Api, KubeConfig, RbacAuthorizationV1Api } from '@kubernetes/client-node';
import { pino } from 'pino';
import { v4 as uuid } from 'uuid';
import type { AgentSession } from '../../proxy-core/contract/agent.ts';
import { sessionHeader } from '../../proxy-core/contract/headers.ts';
import { type Clock, systemClock } from '../../proxy-core/tunnel/index.ts';
import { readClusterCredential } from '../../server-mock/agent/cluster-credential.ts';
import { KubernetesApi } from '../../server-mock/agent/kubernetes-api.ts';
import type { Reaper } from '../../server-mock/agent/reaper.ts';
import { createServices } from '../../server-mock/agent/services.ts';

/** Real time that a test can move on. */
export interface MovableClock extends Clock {
  advance(ms: number): void;
}

export function movableClock(): MovableClock {
  let offsetMs = 0;
  return {
    ...systemClock,
    now: () => Date.now() + offsetMs,
    advance: (ms) => {
      offsetMs += ms;
    },
  };
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** An agent's services on loopback sockets in place of tunnel streams, in front of a real cluster. */
export interface AgentUnderTest {
  clock: MovableClock;
  reaper: Reaper;
  /** The cluster's administrator, past the agent. */
  core: CoreV1Api;
  rbac: RbacAuthorizationV1Api;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  announce(session?: Partial<AgentSession>): Promise<AgentSession>;
  request(sessionId: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** A request whose response stays open. */
  open(sessionId: string, path: string): Promise<http.IncomingMessage>;
  /** `http://` address that serves the stream target `kubernetes`. */
  kubernetesUrl: string;
  close(): Promise<void>;
}

export interface RequestOptions {
  method?: string;
  body?: unknown;
  headers?: http.OutgoingHttpHeaders;
}

export async function startAgentServices(kubeconfig: string): Promise<AgentUnderTest> {
  const api = new KubernetesApi(await readClusterCredential({ kubeconfig }));
  const clock = movableClock();
  const stopping = new AbortController();
  const logger = pino({ level: 'silent' });
  const { servers, reaper } = createServices({ api, clock, logger, stopping: stopping.signal });
  const kubernetes = net.createServer((socket) => servers.kubernetes.serve(socket));
  const ports = {
    control: await listen(servers.control),
    kubernetes: await listen(kubernetes),
  };
  const clients = new http.Agent({ keepAlive: true });
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);

  const send = (port: number, path: string, { method = 'GET', body, headers }: RequestOptions) =>
    new Promise<http.IncomingMessage>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const request = http.request({ port, host: '127.0.0.1', path, method, agent: clients });
      if (text !== undefined) {
        request.setHeader('content-type', 'application/json');
        request.setHeader('content-length', Buffer.byteLength(text));
      }
      for (const [name, value] of Object.entries(headers ?? {})) request.setHeader(name, value ?? '');
      request.on('response', resolve).on('error', reject).end(text);
    });
  const forwarded = (sessionId: string, path: string, options: RequestOptions = {}) =>
    send(ports.kubernetes, path, { ...options, headers: { ...options.headers, [sessionHeader]: sessionId } });

  const agent: AgentUnderTest = {
    clock,
    reaper,
    core: config.makeApiClient(CoreV1Api),
    rbac: config.makeApiClient(RbacAuthorizationV1Api),
    control: async (method, path, body) => read(await send(ports.control, path, { method, body })),
    async announce(session) {
      const announced: AgentSession = {
        id: uuid(),
        user: 'demos@rafay.co',
        groups: ['developers'],
        role: 'viewer',
        roleSpec: { clusterRole: 'view' },
        isDefaultRole: true,
        expiresAt: null,
        idleTimeoutMs: 15 * 60_000,
        ...session,
      };
      const answer = await agent.control('PUT', `/sessions/${announced.id}`, announced);
      if (answer.status !== 204) throw new Error(`announce answered ${answer.status}: ${answer.body}`);
      return announced;
    },
    request: async (sessionId, path, options) => read(await forwarded(sessionId, path, options)),
    open: forwarded,
    kubernetesUrl: `http://127.0.0.1:${ports.kubernetes}`,
    async close() {
      stopping.abort();
      clients.destroy();
      servers.kubernetes.destroy();
      servers.control.closeAllConnections();
      await Promise.all([servers.control, kubernetes].map((server) => new Promise((resolve) => server.close(resolve))));
      api.close();
    },
  };
  return agent;
}

function listen(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
  });
}

async function read(response: http.IncomingMessage): Promise<Answer> {
  let body = '';
  response.setEncoding('utf8');
  for await (const text of response) body += text;
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}
