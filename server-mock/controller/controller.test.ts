import { once } from 'node:events';
import * as http from 'node:http';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LiveEvent } from '../../proxy-core/contract/controller.ts';
import { discover } from '../../proxy-core/tunnel/index.ts';
import { json } from './fixtures/agent.ts';
import { ask, type TestDevice, TestOrganisation } from './fixtures/controller.ts';
import type { KubernetesStatus } from './gateway/kubernetes-status.ts';

const pods = '/clusters/prod/api/v1/namespaces/default/pods';

let acme: TestOrganisation;
let alice: TestDevice;
let bob: TestDevice;
let agent: Awaited<ReturnType<TestOrganisation['cluster']>>;

/** What the cluster's API server does with the requests of the test that runs. */
let onRequest: (request: http.IncomingMessage, response: http.ServerResponse) => void;
const listPods = (_: http.IncomingMessage, response: http.ServerResponse) =>
  json(response, 200, { kind: 'PodList', items: [] });

beforeAll(async () => {
  acme = await TestOrganisation.start();
  agent = await acme.cluster(
    'prod',
    {
      onRequest: (request, response) => onRequest(request, response),
      onUpgrade: (_, socket) => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
        socket.pipe(socket);
      },
    },
    { env: 'prod' },
  );
  alice = await acme.signIn('alice@acme.example', ['platform-admins', 'developers']);
  bob = await acme.signIn('bob@acme.example', ['developers']);
});
afterAll(() => acme[Symbol.asyncDispose]());

function statusOf(text: string): KubernetesStatus {
  return JSON.parse(text) as KubernetesStatus;
}

/** Opens a stream of open length at the cluster, such as a watch. */
async function openStream(device: TestDevice, path: string) {
  const request = http.get({ agent: device.gateway, host: 'postern', path });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.on('error', () => {});
  return response;
}

/** Reads live events until one of a kind comes. */
async function next<Kind extends LiveEvent['kind']>(
  events: AsyncIterator<LiveEvent>,
  kind: Kind,
  matches: (event: Extract<LiveEvent, { kind: Kind }>) => boolean = () => true,
) {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`the events ended before ${kind}`);
    if (value.kind === kind && matches(value as Extract<LiveEvent, { kind: Kind }>))
      return value as Extract<LiveEvent, { kind: Kind }>;
  }
}

beforeEach(() => {
  onRequest = listPods;
});

describe('a request at the gateway', () => {
  test('reaches the cluster, and its record and times come back with the answer', async () => {
    const answer = await ask(bob, `${pods}?limit=500`);
    expect(answer.status).toBe(200);
    expect(JSON.parse(String(answer.headers['postern-record']))).toMatchObject({
      cluster: 'prod',
      role: 'viewer',
      grant: 'developers-view',
      rule: expect.stringContaining('pods'),
      decision: 'allowed',
      verb: 'list',
      resource: 'pods',
      namespace: 'default',
    });
    expect(answer.headers['postern-timing']).toMatch(/^agent;dur=0\.5, gateway;dur=[0-9.]+$/);
    expect(answer.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('announces the session to the agent before its first use, once', async () => {
    await ask(bob, pods);
    await ask(bob, pods);
    const mine = agent.announcements.filter(
      ({ user, role }) => user === bob.credentials.certificate || (user === 'bob@acme.example' && role === 'viewer'),
    );
    // Once for each connection of the agent at most.
    expect(mine.length).toBeLessThanOrEqual(2);
    expect(mine[0]).toMatchObject({
      isDefaultRole: true,
      roleSpec: { rules: expect.any(Array) },
      idleTimeoutMs: 900_000,
    });
  });

  test('is decided by the rules of a ClusterRole that the agent reads from its cluster', async () => {
    const answer = await ask(alice, '/clusters/prod/roles/admin/api/v1/namespaces/default/secrets');
    expect(answer.status).toBe(200);
    expect(JSON.parse(String(answer.headers['postern-record']))).toMatchObject({ role: 'admin', rule: '*: *' });
  });

  test('is refused with a Status that names who, what, where and the grant that would allow it', async () => {
    const answer = await ask(bob, `${pods}/web-1`, { method: 'DELETE' });
    const status = statusOf(answer.text);
    expect(status).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Forbidden', code: 403 });
    for (const part of ['bob@acme.example', 'delete', 'pods', 'prod', 'platform-admin', 'admin']) {
      expect(status.message).toContain(part);
    }
    expect(JSON.parse(String(answer.headers['postern-record']))).toMatchObject({
      decision: 'denied',
      verb: 'delete',
      name: 'web-1',
    });
  });

  test('gets discovery whatever its role says, so that kubectl can work', async () => {
    expect((await ask(bob, '/clusters/prod/api')).status).toBe(200);
    expect((await ask(bob, '/clusters/prod/openapi/v3')).status).toBe(200);
  });

  test('for a cluster that is not there looks the same as for one without a grant', async () => {
    const dave = await acme.signIn('dave@acme.example', []);
    const unknown = statusOf((await ask(dave, pods.replace('prod', 'nowhere'))).text);
    const ungranted = statusOf((await ask(dave, pods)).text);
    expect(unknown).toMatchObject({ code: 404, reason: 'NotFound' });
    expect(ungranted.message.replace('"prod"', '"nowhere"')).toBe(unknown.message);
  });

  test('for a cluster without a connected agent says so, and when to try again', async () => {
    await acme.controller.importCluster('away');
    const answer = await ask(bob, pods.replace('prod', 'away'));
    expect(statusOf(answer.text)).toMatchObject({
      code: 503,
      reason: 'ServiceUnavailable',
      details: { retryAfterSeconds: 5 },
    });
    // With this header kubectl would repeat it silently for a minute.
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  test('carries the audit id of the device through to the API server', async () => {
    const auditId = '0190b4a0-1111-7222-8333-944444444444';
    let seen: string | undefined;
    onRequest = (request, response) => {
      seen = String(request.headers['audit-id']);
      listPods(request, response);
    };
    const answer = await ask(bob, pods, { headers: { 'Audit-ID': auditId } });
    expect(seen).toBe(auditId);
    expect(answer.headers['audit-id']).toBe(auditId);
    const { sessions } = await bob.api.sessions.list({ active: true });
    const { events } = await bob.api.sessions.events({ id: sessions[0]!.id, limit: 500 });
    await expect
      .poll(async () =>
        (await bob.api.sessions.events({ id: sessions[0]!.id, limit: 500 })).events.find(
          (event) => event.auditId === auditId,
        ),
      )
      .toMatchObject({
        status: 200,
        bytesOut: expect.any(Number),
        completedAt: expect.any(String),
        hopsMs: { agent: 0.5, gateway: expect.any(Number) },
      });
    expect(events.length).toBeGreaterThan(0);
  });

  test('is in the log while it runs', async () => {
    onRequest = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const watch = await openStream(bob, `${pods}?watch=true`);
    const { events } = await eventsMatching(bob, (event) => event.verb === 'watch' && event.completedAt === null);
    expect(events.length).toBe(1);
    watch.destroy();
    await eventsMatching(bob, (event) => event.verb === 'watch' && event.reason === 'the client went away');
    onRequest = listPods;
  });

  test('runs under another role that the user holds with --as, and is logged as an elevation', async () => {
    const denied = await ask(alice, `/clusters/prod/roles/viewer/api/v1/namespaces/default/secrets`);
    expect(denied.status).toBe(403);
    const elevated = await ask(alice, `/clusters/prod/roles/viewer/api/v1/namespaces/default/secrets`, {
      headers: { 'Impersonate-User': 'admin' },
    });
    expect(elevated.status).toBe(200);
    expect(JSON.parse(String(elevated.headers['postern-record']))).toMatchObject({
      role: 'admin',
      elevatedFrom: 'viewer',
    });
    expect((await ask(alice, `/clusters/prod/roles/viewer/api/v1/namespaces/default/secrets`)).status).toBe(403);
  });

  test('is sent again where the agent has forgotten the session meanwhile', async () => {
    await ask(bob, pods);
    agent.sessions.clear();
    expect((await ask(bob, pods)).status).toBe(200);
  });

  test('with a body is refused once with Retry-After where the agent has forgotten the session', async () => {
    const path = '/clusters/prod/roles/admin/api/v1/namespaces/default/configmaps';
    const post = { method: 'POST', body: '{"kind":"ConfigMap"}', headers: { 'content-type': 'application/json' } };
    await ask(alice, path, post);
    agent.sessions.clear();
    const answer = await ask(alice, path, post);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect((await ask(alice, path, post)).status).toBe(200);
  });
});

async function eventsMatching(
  device: TestDevice,
  matches: (event: { verb: string; completedAt: string | null; reason: string | null }) => boolean,
) {
  let events: unknown[] = [];
  await expect
    .poll(async () => {
      const { sessions } = await device.api.sessions.list({ active: true });
      const pages = await Promise.all(sessions.map(({ id }) => device.api.sessions.events({ id, limit: 500 })));
      events = pages.flatMap((page) => page.events).filter(matches);
      return events.length;
    })
    .toBeGreaterThan(0);
  return { events };
}

describe('an upgrade at the gateway', () => {
  test('is spliced as bytes, POST and GET alike', async () => {
    for (const method of ['POST', 'GET']) {
      const request = http.request({
        agent: alice.gateway,
        host: 'postern',
        method,
        path: '/clusters/prod/roles/admin/api/v1/namespaces/default/pods/web/exec?command=sh',
        headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
      });
      request.end();
      const [response, socket] = (await once(request, 'upgrade')) as [http.IncomingMessage, Duplex];
      expect(response.statusCode).toBe(101);
      expect(JSON.parse(String(response.headers['postern-record']))).toMatchObject({
        verb: 'create',
        subresource: 'exec',
      });
      socket.write('echo me');
      const [data] = (await once(socket, 'data')) as [Buffer];
      expect(data.toString()).toBe('echo me');
      socket.destroy();
    }
  });

  test('that is denied is answered with a Status', async () => {
    const request = http.request({
      agent: bob.gateway,
      host: 'postern',
      path: `${pods}/web/exec?command=sh`,
      headers: { connection: 'Upgrade', upgrade: 'websocket' },
    });
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(403);
  });

  test('is refused where the grant asks for a recording', async () => {
    await acme.controller.applyPolicy(
      `
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: recorded }
spec: { subjects: { users: [erin@acme.example] }, role: admin, clusters: { names: [prod] }, conditions: { record: required } }
`,
      'test',
    );
    const erin = await acme.signIn('erin@acme.example', []);
    const answer = await ask(erin, '/clusters/prod/api/v1/namespaces/default/pods/web/exec?command=sh', {
      method: 'POST',
    });
    expect(statusOf(answer.text)).toMatchObject({
      code: 403,
      details: { causes: [{ reason: 'POSTERN_RECORDING_REQUIRED' }] },
    });
    expect((await ask(erin, pods)).status).toBe(200);
  });
});

describe('a session', () => {
  test('is opened by the first requests together, once', async () => {
    const frank = await acme.signIn('frank@acme.example', ['developers']);
    await Promise.all(Array.from({ length: 10 }, () => ask(frank, pods)));
    expect((await frank.api.sessions.list({})).sessions).toHaveLength(1);
  });

  test('asks for a reason where its grant does, and opens with one', async () => {
    await acme.controller.applyPolicy(
      `
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: with-reason }
spec: { subjects: { users: [gina@acme.example] }, role: viewer, clusters: { names: [prod] }, conditions: { requireReason: true } }
`,
      'test',
    );
    const gina = await acme.signIn('gina@acme.example', []);
    const refused = await ask(gina, pods);
    expect(statusOf(refused.text)).toMatchObject({
      code: 403,
      details: { causes: [{ reason: 'POSTERN_REASON_REQUIRED' }] },
    });
    const session = await gina.api.sessions.open({ cluster: 'prod', reason: 'ticket 42' });
    expect(session).toMatchObject({ reason: 'ticket 42', role: 'viewer', expiresAt: expect.any(String) });
    expect((await ask(gina, pods)).status).toBe(200);
  });

  test('that its user ends cuts its streams and has its account deleted', async () => {
    onRequest = (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    const hugo = await acme.signIn('hugo@acme.example', ['developers']);
    const watch = await openStream(hugo, `${pods}?watch=true`);
    const told = watch.toArray();
    const { sessions } = await hugo.api.sessions.list({ active: true });
    const ended = await hugo.api.sessions.end({ id: sessions[0]!.id });
    const event = JSON.parse(Buffer.concat(await told).toString()) as { type: string; object: KubernetesStatus };
    expect(event).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 403, message: expect.stringContaining('disconnected') },
    });
    onRequest = listPods;
    expect(ended).toMatchObject({ endReason: 'disconnected', endedAt: expect.any(String) });
    expect(agent.forgotten).toContain(ended.id);
    expect((await ask(hugo, pods)).status).toBe(200);
  });
});

describe('the pushes to a device', () => {
  test('begin with everything as it is', async () => {
    const events = (await bob.api.live.watch())[Symbol.asyncIterator]();
    const first = await next(events, 'snapshot');
    expect(first).toMatchObject({
      user: { name: 'bob@acme.example', groups: ['developers'], isAdministrator: false },
      replicas: [acme.controller.address],
    });
    expect(first.clusters.find(({ name }) => name === 'prod')).toMatchObject({
      status: 'online',
      emulated: true,
      kubernetesVersion: 'v1.34.1-test',
      labels: { env: 'prod' },
      roles: [{ role: 'viewer', grant: 'developers-view', isDefault: true }],
    });
    await events.return?.();
  });

  test('tell of a grant that goes, which ends its sessions at once', async () => {
    await acme.controller.applyPolicy(
      `
apiVersion: postern.dev/v1
kind: Grant
metadata: { name: short-lived }
spec: { subjects: { users: [ivan@acme.example] }, role: viewer, clusters: { names: [prod] } }
`,
      'test',
    );
    const ivan = await acme.signIn('ivan@acme.example', []);
    await ask(ivan, pods);
    const events = (await ivan.api.live.watch())[Symbol.asyncIterator]();
    await next(events, 'snapshot');
    await alice.api.admin.delete({ kind: 'Grant', name: 'short-lived' });
    const ended = await next(events, 'session', ({ session }) => session.endedAt !== null);
    expect(ended.session.endReason).toBe('entitlement-removed');
    expect((await next(events, 'clusters')).clusters).toEqual([]);
    await events.return?.();
    expect((await ask(ivan, pods)).status).toBe(404);
  });

  test('tell of a renewal that brings other groups', async () => {
    const judy = await acme.signIn('judy@acme.example', ['developers']);
    await ask(judy, pods);
    const events = (await judy.api.live.watch())[Symbol.asyncIterator]();
    await next(events, 'snapshot');
    const { api } = await acme.https();
    const now = Math.floor(Date.now() / 1000);
    const idToken = await acme.idp.token({
      sub: 'judy@acme.example',
      email: 'judy@acme.example',
      groups: [],
      iat: now + 1,
    });
    await api.signIn.exchange({ idToken, certificateRequest: judy.certificateRequest, deviceName: 'test' });
    expect((await next(events, 'clusters')).clusters).toEqual([]);
    await events.return?.();
    expect((await ask(judy, pods)).status).toBe(404);
  });
});

describe('an administrator', () => {
  test('sees everybody’s sessions and events, clusters with their agents, and policy with its versions', async () => {
    await ask(bob, pods);
    expect(
      (await alice.api.admin.sessions({ user: 'bob@acme.example', active: true })).sessions.length,
    ).toBeGreaterThan(0);
    expect(
      (await alice.api.admin.audit({ user: 'bob@acme.example', decision: 'denied', limit: 5 })).events[0],
    ).toMatchObject({ decision: 'denied' });
    const { clusters } = await alice.api.admin.clusters.list();
    expect(clusters.find(({ name }) => name === 'prod')).toMatchObject({
      status: 'online',
      agents: [{ sourceAddress: '127.0.0.1' }],
    });
    expect((await alice.api.admin.get({ kind: 'Role', name: 'viewer' })).documents).toMatchObject([
      { version: 1, updatedBy: 'test' },
    ]);
  });

  test('learns document, field and line of what is wrong in a policy, and nothing is applied', async () => {
    const yaml =
      'apiVersion: postern.dev/v1\nkind: Role\nmetadata: {name: half}\nspec: {clusterRole: view}\n---\napiVersion: postern.dev/v1\nkind: Grant\nmetadata: {name: broken}\nspec:\n  role: half\n  subjects: {groups: [x]}\n  clusters: everywhere\n';
    await expect(alice.api.admin.apply({ yaml })).rejects.toMatchObject({
      code: 'POSTERN_POLICY_INVALID',
      status: 400,
      message: expect.stringMatching(/:12: document 2 \(Grant "broken"\), spec\.clusters/),
    });
    expect((await alice.api.admin.get({ name: 'half' })).documents).toEqual([]);
  });

  test('cannot grant a role that is not there, or delete one that a grant names', async () => {
    const yaml =
      'apiVersion: postern.dev/v1\nkind: Grant\nmetadata: {name: lost}\nspec: {role: nobodys, subjects: {groups: [x]}, clusters: {matchLabels: {}}}\n';
    for (const dryRun of [true, false]) {
      await expect(alice.api.admin.apply({ yaml, dryRun })).rejects.toMatchObject({
        code: 'POSTERN_POLICY_INVALID',
        message: 'Grant "lost", spec.role: there is no role "nobodys"',
      });
    }
    await expect(alice.api.admin.delete({ kind: 'Role', name: 'viewer' })).rejects.toMatchObject({
      code: 'POSTERN_POLICY_INVALID',
      message: expect.stringContaining('Grant "developers-view", spec.role: there is no role "viewer"'),
    });
    expect((await alice.api.admin.get({ name: 'lost' })).documents).toEqual([]);
    expect((await ask(bob, pods)).status).toBe(200);
  });

  test('can try a policy without applying it', async () => {
    const yaml = 'apiVersion: postern.dev/v1\nkind: Role\nmetadata: {name: tried}\nspec: {clusterRole: view}\n';
    expect((await alice.api.admin.apply({ yaml, dryRun: true })).results).toEqual([
      { kind: 'Role', name: 'tried', change: 'created', version: 1 },
    ]);
    expect((await alice.api.admin.get({ name: 'tried' })).documents).toEqual([]);
  });

  test('imports no cluster without a display name to show, or an image to run', async () => {
    for (const empty of [{ displayName: '' }, { image: '' }]) {
      const refusal = alice.api.admin.clusters.import({ name: 'blank', ...empty });
      await expect(refusal).rejects.toMatchObject({
        code: 'POSTERN_INPUT_INVALID',
        message: expect.stringContaining(Object.keys(empty)[0]!),
      });
    }
    await expect(alice.api.admin.get({})).resolves.toMatchObject({ documents: expect.any(Array) });
  });

  test('imports a cluster, and removing it refuses its agent', async () => {
    const made = await alice.api.admin.clusters.import({ name: 'gone', labels: { env: 'dev' } });
    expect(made.controllerUrl).toBe(acme.controller.url);
    const theirs = await acme.cluster('gone');
    await alice.api.admin.clusters.remove({ name: 'gone' });
    await expect.poll(() => theirs.tunnel.state.kind).toBe('waiting');
    expect((await alice.api.admin.clusters.list()).clusters.map(({ name }) => name)).not.toContain('gone');
  });

  test('a cluster that is imported anew is judged by its own ClusterRoles, not by those of its namesake', async () => {
    const asAdmin = '/clusters/anew/roles/admin/api/v1';
    await acme.cluster('anew');
    expect((await ask(alice, `${asAdmin}/secrets`)).status).toBe(200);
    await alice.api.admin.clusters.remove({ name: 'anew' });
    const onlyPods = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }];
    await acme.cluster('anew', {}, {}, undefined, { 'cluster-admin': onlyPods });
    expect((await ask(alice, `${asAdmin}/secrets`)).status).toBe(403);
    expect((await ask(alice, `${asAdmin}/pods`)).status).toBe(200);
    await alice.api.admin.clusters.remove({ name: 'anew' });
  });
});

test('the latency of a cluster that has just come is not that of the very first call', async () => {
  const fresh = await acme.cluster('fresh');
  await expect.poll(() => fresh.asked.status).toBe(2);
  await alice.api.admin.clusters.remove({ name: 'fresh' });
});

describe('the listener', () => {
  test('describes itself at /.well-known/postern behind its pin', async () => {
    const { discovery } = await discover(acme.controller.url);
    expect(discovery).toMatchObject({
      product: 'postern',
      organisation: 'acme',
      replicas: [acme.controller.address],
      oidc: { issuer: acme.idp.issuer, clientId: 'postern' },
    });
  });

  test('serves its OpenAPI document, health and, on loopback, metrics', async () => {
    const { fetch: call, origin } = await acme.https();
    const document = (await (await call(`${origin}/api/v1/openapi.json`)).json()) as { paths: Record<string, unknown> };
    expect(Object.keys(document.paths)).toContain('/api/v1/device-certificates');
    expect(await (await call(`${origin}/healthz`)).text()).toBe('ok\n');
    const metrics = await (await call(`${origin}/metrics`)).text();
    expect(metrics).toMatch(/postern_gateway_requests_total\{cluster="prod",decision="allowed"\} [1-9]/);
    expect(metrics).toMatch(/postern_clusters_online 1/);
  });

  test('answers what it does not know with a code', async () => {
    const { fetch: call, origin } = await acme.https();
    const answer = await call(`${origin}/nothing`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      code: 'POSTERN_NOT_FOUND',
      data: { code: 'POSTERN_NOT_FOUND', hint: expect.any(String) },
    });
  });
});
