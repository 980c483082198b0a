import { createServer, type RequestListener } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { SmartCoercionPlugin } from '@orpc/json-schema';
import { OpenAPIHandler } from '@orpc/openapi/node';
import { implement } from '@orpc/server';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import type { Cluster } from '../contract/clusters.ts';
import { controllerContract, type Discovery, type LiveEvent, type User } from '../contract/controller.ts';
import { PosternError } from '../contract/errors.ts';
import type { Session } from '../contract/sessions.ts';
import type { SecretStore } from '../identity/index.ts';
import { memorySecretStore } from '../identity/index.ts';
import {
  acceptTunnel,
  createStreamServer,
  formatControllerUrl,
  pinOf,
  serveHttp,
  type TunnelConnection,
} from '../tunnel/index.ts';
import { startTestListener } from '../tunnel/testing-listener.ts';
import { tunnelProtocol } from '../tunnel/types.ts';
import { toOrpcError, translating } from './wire-errors.ts';

/** The controller's side of the contract over a real tunnel, for tests of the core: it decides nothing and pushes what it is told. */
export interface TestController extends AsyncDisposable {
  url: string;
  /** What the core asked for, in order: `signOut`, `sessions.open dev/editor`. */
  calls: string[];
  /** To whoever follows the feed now; a snapshot is also what later followers get first. */
  push(event: LiveEvent): void;
  /** A keychain that holds a sign-in of `alice@acme.example`, as a former start left it. */
  signedInStore(options?: { expiresInMs?: number }): Promise<SecretStore>;
  /** Breaks the tunnels, as a restart does. */
  cutAll(): void;
  /** Tells every app why it is no longer wanted, and cuts it. */
  refuse(reason: PosternError): void;
}

export const alice: User = {
  name: 'alice@acme.example',
  displayName: 'Alice',
  groups: ['developers'],
  isAdministrator: false,
};

export function testCluster(name: string, roles: string[] = ['viewer']): Cluster {
  return {
    name,
    displayName: name,
    labels: { env: name },
    status: 'online',
    statusSince: '2026-01-01T00:00:00.000Z',
    latencyMs: 3,
    kubernetesVersion: 'v1.34.0',
    emulated: false,
    insecureSkipTlsVerify: false,
    roles: roles.map((role, at) => ({
      role,
      grant: `developers-${role}`,
      isDefault: at === 0,
      requireReason: false,
      record: 'off',
      idleTimeoutMs: null,
      maxDurationMs: null,
    })),
  };
}

export function testSession(id: string, cluster: string, role: string): Session {
  return {
    id,
    user: alice.name,
    device: { id: 'device-1', name: 'laptop' },
    sourceAddress: '127.0.0.1',
    cluster,
    role,
    grant: `developers-${role}`,
    reason: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    lastActiveAt: '2026-01-01T00:00:00.000Z',
    endedAt: null,
    endReason: null,
    expiresAt: null,
    requestCount: 0,
    deniedCount: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
}

export async function startTestController(
  options: { clusters?: Cluster[]; gateway?: RequestListener; issuer?: string } = {},
): Promise<TestController> {
  const calls: string[] = [];
  const followers = new Set<(event: LiveEvent) => void>();
  const tunnels = new Set<TunnelConnection>();
  let snapshot: LiveEvent = {
    kind: 'snapshot',
    user: alice,
    clusters: options.clusters ?? [testCluster('dev', ['viewer', 'editor'])],
    sessions: [],
    replicas: [],
  };

  const api = createStreamServer(apiListener());
  const gateway = createStreamServer(options.gateway ?? ((_request, response) => response.end('{}')));
  const overHttps = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(discovery));
  });
  const listener = await startTestListener(
    (socket) => {
      if (socket.alpnProtocol !== tunnelProtocol) {
        overHttps.emit('connection', socket);
        return;
      }
      const tunnel = acceptTunnel(socket, (target, stream) => serveHttp(target === 'gateway' ? gateway : api, stream));
      tunnels.add(tunnel);
      tunnel.onClose(() => tunnels.delete(tunnel));
    },
    { rejectUnauthorized: false },
  );
  const discovery: Discovery = {
    product: 'postern',
    version: '0.0.0',
    organisation: 'acme',
    replicas: [listener.address],
    certificateAuthority: listener.authority.ca,
    oidc: { issuer: options.issuer ?? 'http://127.0.0.1:9', clientId: 'postern', scopes: ['openid'] },
  };
  const url = formatControllerUrl({ host: '127.0.0.1', port: listener.port, pin: pinOf(listener.authority.ca) });

  function apiListener(): RequestListener {
    const contract = implement(controllerContract);
    const unused = (): never => {
      throw new PosternError('POSTERN_FORBIDDEN', 'not in this test', { hint: 'ask somebody else' });
    };
    const opened = (cluster: string, role: string): Session => {
      const session = testSession(crypto.randomUUID(), cluster, role);
      push({ kind: 'session', session });
      return session;
    };
    const { admin } = contract;
    const router = contract.router({
      signIn: { exchange: contract.signIn.exchange.handler(unused) },
      agents: { join: contract.agents.join.handler(unused), renew: contract.agents.renew.handler(unused) },
      live: { watch: contract.live.watch.handler(({ signal }) => feed(signal)) },
      sessions: {
        open: contract.sessions.open.handler(({ input }) => {
          calls.push(`sessions.open ${input.cluster}/${input.role} ${input.reason ?? ''}`.trim());
          return opened(input.cluster, input.role ?? '');
        }),
        end: contract.sessions.end.handler(({ input }) => {
          calls.push('sessions.end');
          const session = {
            ...testSession(input.id, 'dev', 'viewer'),
            endedAt: '2026-01-01T01:00:00.000Z',
            endReason: 'disconnected' as const,
          };
          push({ kind: 'session', session });
          return session;
        }),
        list: contract.sessions.list.handler(() => ({ sessions: [], nextCursor: null })),
        events: contract.sessions.events.handler(unused),
      },
      signOut: contract.signOut.handler(() => {
        calls.push('signOut');
        return { signedOut: true as const };
      }),
      admin: {
        apply: admin.apply.handler(unused),
        get: admin.get.handler(unused),
        delete: admin.delete.handler(unused),
        clusters: {
          list: admin.clusters.list.handler(() => ({ clusters: [] })),
          import: admin.clusters.import.handler(unused),
          remove: admin.clusters.remove.handler(unused),
        },
        revoke: admin.revoke.handler(async ({ input }) => {
          if (input.name !== alice.name) return unused();
          push({ kind: 'revoked', message: `${input.name} was revoked` });
          // The push is on its way before the answer is.
          await delay(50);
          return { endedSessions: 1, isKnown: true };
        }),
        restore: admin.restore.handler(unused),
        revocations: admin.revocations.handler(() => ({ revocations: [] })),
        sessions: admin.sessions.handler(unused),
        audit: admin.audit.handler(unused),
      },
    });
    const handler = new OpenAPIHandler(router, {
      plugins: [new SmartCoercionPlugin({ schemaConverters: [new ZodToJsonSchemaConverter()] })],
      clientInterceptors: [(call) => translating(() => call.next(), toOrpcError)],
    });
    return (request, response) => void handler.handle(request, response);
  }

  async function* feed(signal: AbortSignal | undefined): AsyncGenerator<LiveEvent, void, undefined> {
    const waiting: LiveEvent[] = [snapshot];
    let wake = (): void => {};
    const follower = (event: LiveEvent): void => {
      waiting.push(event);
      wake();
    };
    followers.add(follower);
    signal?.addEventListener('abort', () => wake());
    try {
      while (!signal?.aborted) {
        const event = waiting.shift();
        if (event) yield event;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      followers.delete(follower);
    }
  }

  function push(event: LiveEvent): void {
    const whole = event.kind === 'snapshot' ? { ...event, replicas: [listener.address] } : event;
    if (whole.kind === 'snapshot') snapshot = whole;
    for (const follower of followers) follower(whole);
  }
  snapshot = { ...snapshot, replicas: [listener.address] };

  return {
    url,
    calls,
    push,
    cutAll: () => listener.cutAll(),
    refuse(reason) {
      for (const tunnel of tunnels) tunnel.destroy(reason);
    },
    async signedInStore({ expiresInMs = 8 * 3_600_000 } = {}) {
      const expiresAt = new Date(Date.now() + expiresInMs);
      const issuedAt = new Date(Date.now() - 1_000);
      const { key, certificate } = await listener.authority.clientCertificate(alice.name, {
        uri: 'postern://device/device-1',
        notBefore: issuedAt,
        notAfter: expiresAt,
      });
      const store = memorySecretStore();
      await store.write(
        'device',
        JSON.stringify({
          issuer: discovery.oidc.issuer,
          controllerUrl: url,
          privateKey: key,
          certificate,
          certificateExpiresAt: expiresAt.toISOString(),
          certificateIssuedAt: issuedAt.toISOString(),
          deviceId: 'device-1',
          user: alice,
        }),
      );
      return store;
    },
    async [Symbol.asyncDispose]() {
      await listener.close();
      overHttps.close();
    },
  };
}
