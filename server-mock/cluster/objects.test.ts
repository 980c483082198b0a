import https from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, TestClient } from './api/testing.ts';
import { type EmulatedCluster, startEmulatedCluster } from './index.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

interface Listed {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: { metadata: { name: string; namespace: string } }[];
}

function deployment(name: string, replicas: number) {
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'busybox:1.37' }] },
      },
    },
  };
}

describe('objects of an emulated cluster', () => {
  let cluster: EmulatedCluster;
  let client: TestClient;

  beforeAll(async () => {
    cluster = await startEmulatedCluster({ name: 'objects', seed: 'acme' });
    client = new TestClient(cluster);
  });
  afterAll(() => cluster.close());

  const create = (name: string, data: Record<string, string> = {}) =>
    client.post(configMaps, { metadata: { name }, data });
  const names = async (path: string) =>
    ((await client.get(path)).body as Listed).items.map(({ metadata }) => metadata.name);

  it('are refused twice under one name', async () => {
    expect((await create('twice')).code).toBe(201);
    expect((await create('twice')).body).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "twice" already exists',
    });
  });

  it('are refused in a namespace that is not there', async () => {
    const answer = await client.post('/api/v1/namespaces/nowhere/configmaps', { metadata: { name: 'x' } });
    expect(answer.body).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
  });

  it('are refused with every field that is wrong', async () => {
    const answer = await client.post(deployments, { metadata: { name: 'Bad' }, spec: { template: {} } });
    expect(answer.body).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'Deployment', group: 'apps' } });
    const { causes } = (answer.body as { details: { causes: { field: string }[] } }).details;
    expect(causes.map(({ field }) => field)).toEqual([
      'metadata.name',
      'spec.selector',
      'spec.template.spec.containers',
    ]);
  });

  it('are refused with values of the wrong type, and with unknown fields where asked', async () => {
    const typed = await client.post(deployments, { ...deployment('typed', 1), spec: { replicas: 'three' } });
    expect(typed.body).toMatchObject({
      code: 400,
      message: expect.stringContaining('cannot unmarshal string into field spec.replicas'),
    });
    const strict = await client.post(`${configMaps}?fieldValidation=Strict`, { metadata: { name: 'x' }, dta: {} });
    expect(strict.body).toMatchObject({ code: 400, message: expect.stringContaining('unknown field "dta"') });
    const warned = await client.post(`${configMaps}?dryRun=All`, { metadata: { name: 'x' }, dta: {} });
    expect(warned.code).toBe(201);
    expect(warned.headers.warning).toBe('299 - "unknown field \\"dta\\""');
    expect(warned.body).not.toHaveProperty('dta');
  });

  it('read their nulls as nothing, or as something empty', async () => {
    const body = { metadata: { name: 'nulls', labels: { a: null } }, data: { b: null }, immutable: null };
    const stored = { metadata: { labels: { a: '' } }, data: { b: '' } };
    expect(await client.post(configMaps, body)).toMatchObject({ code: 201, body: stored });
    expect((await client.get(`${configMaps}/nulls`)).body).not.toHaveProperty('immutable');
    const container = { name: 'main', image: 'busybox', env: [null] };
    const pod = { metadata: { name: 'nulls' }, spec: { containers: [container], tolerations: null, volumes: [null] } };
    expect(await client.post('/api/v1/namespaces/default/pods', pod)).toMatchObject({
      code: 422,
      body: {
        message:
          'Pod "nulls" is invalid: [spec.containers[0].env[0].name: Required value, spec.volumes[0].name: Required value]',
      },
    });
  });

  it('are not stored by a dry run', async () => {
    expect((await client.post(`${configMaps}?dryRun=All`, { metadata: { name: 'dry' } })).code).toBe(201);
    expect((await client.get(`${configMaps}/dry`)).code).toBe(404);
  });

  it('are neither stored nor deleted where an option cannot be read', async () => {
    await create('kept');
    const refused = [
      await client.post(`${configMaps}?dryRun=all`, { metadata: { name: 'dry' } }),
      await client.call('DELETE', `${configMaps}/kept?dryRun=server`),
      await client.call('DELETE', `${configMaps}/kept`, { body: { dryRun: ['Bad'] } }),
      await client.call('DELETE', `${configMaps}/kept`, { body: { propagationPolicy: 'Forground' } }),
      await client.call('DELETE', `${configMaps}?dryRun=Bad`),
    ];
    expect(refused.map(({ code }) => code)).toEqual([422, 422, 422, 422, 422]);
    expect(refused[0]?.body).toMatchObject({
      message: 'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["all"]: supported values: "All"',
    });
    expect(await names(configMaps)).toEqual(expect.arrayContaining(['kept']));
    expect(await names(configMaps)).not.toContain('dry');
  });

  it('are not applied by nobody in particular, nor forced by a patch that forces nothing', async () => {
    await create('managed');
    const patch = (query: string, contentType: string) =>
      client.call('PATCH', `${configMaps}/managed${query}`, {
        body: { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'b' } },
        contentType,
      });
    expect(await patch('', 'application/apply-patch+yaml')).toMatchObject({
      code: 422,
      body: { message: expect.stringContaining('fieldManager: Required value: is required for apply patch') },
    });
    expect((await patch('?force=true', 'application/merge-patch+json')).code).toBe(422);
    expect((await patch('?fieldManager=tests&force=true', 'application/apply-patch+yaml')).code).toBe(200);
  });

  it('conflict when written from an older state', async () => {
    const { body } = await create('raced', { a: '1' });
    const old = body as { metadata: object };
    expect((await client.call('PUT', `${configMaps}/raced`, { body: { ...old, data: { a: '2' } } })).code).toBe(200);
    expect(
      (await client.call('PUT', `${configMaps}/raced`, { body: { ...old, data: { a: '3' } } })).body,
    ).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "raced": the object has been modified; please apply your changes to the latest version and try again',
    });
  });

  it('get a generated name', async () => {
    const { body } = await client.post(configMaps, { metadata: { generateName: 'made-' } });
    expect((body as { metadata: { name: string } }).metadata.name).toMatch(/^made-[a-z0-9]{5}$/);
  });

  it('stay until their finalizers are done', async () => {
    await client.post(configMaps, { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
    expect((await client.call('DELETE', `${configMaps}/held`)).body).toMatchObject({
      metadata: { deletionTimestamp: expect.any(String) },
    });
    expect((await client.get(`${configMaps}/held`)).code).toBe(200);
    await client.call('PATCH', `${configMaps}/held`, {
      body: { metadata: { finalizers: null } },
      contentType: 'application/merge-patch+json',
    });
    expect((await client.get(`${configMaps}/held`)).code).toBe(404);
  });

  it('are listed in pages that all show one state', async () => {
    for (const name of ['p1', 'p2', 'p3', 'p4']) {
      await client.post(configMaps, { metadata: { name, labels: { page: 'd' } } });
    }
    const base = `${configMaps}?labelSelector=page%3Dd`;
    const first = (await client.get(`${base}&limit=2`)).body as Listed;
    await client.call('DELETE', `${configMaps}/p4`);
    await client.post(configMaps, { metadata: { name: 'p5', labels: { page: 'd' } } });
    const second = (await client.get(`${base}&limit=2&continue=${first.metadata.continue}`)).body as Listed;
    const shown = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
    expect(shown).toEqual(['p1', 'p2', 'p3', 'p4']);
    expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  });

  it('count what is left of a paged list, and refuse a page whose state is forgotten', async () => {
    const { metadata } = (await client.get('/api/v1/configmaps?limit=1')).body as Listed;
    expect(metadata.remainingItemCount).toBeGreaterThan(3);
    const token = Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: 1, start: '' })).toString('base64url');
    expect((await client.get(`/api/v1/configmaps?continue=${token}`)).body).toMatchObject({
      code: 410,
      reason: 'Expired',
    });
    expect((await client.get('/api/v1/configmaps?continue=nonsense')).code).toBe(400);
  });

  it('come as a Table with the columns that kubectl shows', async () => {
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
    const { body } = await client.get('/api/v1/namespaces/shop/services', { headers });
    const table = body as {
      kind: string;
      columnDefinitions: { name: string; priority: number }[];
      rows: { cells: unknown[]; object: object }[];
    };
    expect(table.kind).toBe('Table');
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual([
      'Name',
      'Type',
      'Cluster-IP',
      'External-IP',
      'Port(s)',
      'Age',
      'Selector',
    ]);
    expect(table.rows[0]).toMatchObject({ object: { kind: 'PartialObjectMetadata', metadata: { name: 'cart' } } });
    expect(table.rows[0]?.cells.slice(0, 2)).toEqual(['cart', 'ClusterIP']);
  });

  it('come in JSON to who would rather have protobuf, and not at all to who wants XML', async () => {
    const preferring = { accept: 'application/vnd.kubernetes.protobuf' };
    expect((await client.get(configMaps, { headers: preferring })).headers['content-type']).toBe('application/json');
    expect((await client.get(configMaps, { headers: { accept: 'text/xml' } })).code).toBe(406);
  });

  it('can be written as events of either API version', async () => {
    const regarding = { kind: 'Pod', namespace: 'default', name: 'x' };
    const created = await client.post('/apis/events.k8s.io/v1/namespaces/default/events', {
      metadata: { name: 'told' },
      regarding,
      note: 'hello',
      reason: 'Told',
      type: 'Normal',
      reportingController: 'test',
      action: 'Telling',
    });
    expect(created.body).toMatchObject({ apiVersion: 'events.k8s.io/v1', regarding, note: 'hello' });
    expect((await client.get('/api/v1/namespaces/default/events/told')).body).toMatchObject({
      apiVersion: 'v1',
      involvedObject: regarding,
      message: 'hello',
    });
  });

  it('go with their owner, or stay behind as orphans', async () => {
    const owner = async (name: string) => ((await create(name)).body as { metadata: { uid: string } }).metadata.uid;
    const owned = async (name: string, by: string) => {
      const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: by, uid: await owner(by) };
      await client.post(configMaps, { metadata: { name, ownerReferences: [reference] } });
    };
    await owned('child', 'parent');
    await owned('orphan', 'leaving');
    await client.call('DELETE', `${configMaps}/parent`);
    await client.call('DELETE', `${configMaps}/leaving`, { body: { propagationPolicy: 'Orphan' } });
    await eventually(async () => ((await client.get(`${configMaps}/child`)).code === 404 ? true : undefined));
    expect((await client.get(`${configMaps}/orphan`)).body).not.toHaveProperty('metadata.ownerReferences.0');
  });

  it('hold their owner up in a foreground deletion', async () => {
    const { body } = await create('foreground');
    const { uid } = (body as { metadata: { uid: string } }).metadata;
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'foreground', uid };
    await client.post(configMaps, {
      metadata: { name: 'first', finalizers: ['example.com/hold'], ownerReferences: [reference] },
    });
    await client.call('DELETE', `${configMaps}/foreground`, { body: { propagationPolicy: 'Foreground' } });
    await eventually(async () => {
      const { body: child } = await client.get(`${configMaps}/first`);
      return (child as { metadata: { deletionTimestamp?: string } }).metadata.deletionTimestamp;
    });
    expect((await client.get(`${configMaps}/foreground`)).code).toBe(200);
    await client.call('PATCH', `${configMaps}/first`, {
      body: [{ op: 'remove', path: '/metadata/finalizers' }],
      contentType: 'application/json-patch+json',
    });
    await eventually(async () => ((await client.get(`${configMaps}/foreground`)).code === 404 ? true : undefined));
  });

  it('leave with their namespace', async () => {
    await client.post('/api/v1/namespaces', { metadata: { name: 'doomed' } });
    expect(await names('/api/v1/namespaces/doomed/serviceaccounts')).toEqual(['default']);
    await client.post('/api/v1/namespaces/doomed/configmaps', { metadata: { name: 'x' } });
    await client.post('/apis/apps/v1/namespaces/doomed/deployments', deployment('web', 2));
    await eventually(async () => ((await names('/api/v1/namespaces/doomed/pods')).length === 2 ? true : undefined));
    expect((await client.call('DELETE', '/api/v1/namespaces/doomed')).body).toMatchObject({
      status: { phase: 'Terminating' },
    });
    const refused = await client.post('/api/v1/namespaces/doomed/configmaps', { metadata: { name: 'late' } });
    expect(refused.body).toMatchObject({
      code: 403,
      message: expect.stringContaining('because it is being terminated'),
    });
    await eventually(async () => ((await client.get('/api/v1/namespaces/doomed')).code === 404 ? true : undefined));
    expect(await names('/api/v1/namespaces/doomed/pods')).toEqual([]);
  });

  it('of the namespaces that every cluster needs are safe from whoever deletes those', async () => {
    for (const name of ['default', 'kube-system', 'kube-public']) {
      const { code, body } = await client.call('DELETE', `/api/v1/namespaces/${name}`);
      expect(code).toBe(403);
      expect(body).toMatchObject({ message: `namespaces "${name}" is forbidden: this namespace may not be deleted` });
    }
    expect(await names('/api/v1/namespaces/kube-system/pods')).not.toEqual([]);
  });

  it('of a Deployment follow its scale and its template, and go with it', async () => {
    await client.post(deployments, deployment('rolling', 2));
    const pods = '/api/v1/namespaces/default/pods?labelSelector=app%3Drolling';
    const settled = (replicas: number, revision: string) =>
      eventually(async () => {
        const { body } = await client.get(`${deployments}/rolling`);
        const { metadata, status } = body as {
          metadata: { annotations?: Record<string, string> };
          status: { replicas?: number; updatedReplicas?: number; availableReplicas?: number };
        };
        const right =
          status.replicas === replicas &&
          status.updatedReplicas === replicas &&
          status.availableReplicas === replicas &&
          metadata.annotations?.['deployment.kubernetes.io/revision'] === revision;
        return right || undefined;
      }, 30_000);
    await settled(2, '1');
    await client.call('PATCH', `${deployments}/rolling/scale`, {
      body: { spec: { replicas: 3 } },
      contentType: 'application/merge-patch+json',
    });
    await settled(3, '1');
    await client.call('PATCH', `${deployments}/rolling`, {
      body: { spec: { template: { spec: { containers: [{ name: 'main', image: 'busybox:1.38' }] } } } },
      contentType: 'application/strategic-merge-patch+json',
    });
    await settled(3, '2');
    const { items } = (await client.get('/apis/apps/v1/namespaces/default/replicasets?labelSelector=app%3Drolling'))
      .body as { items: { spec: { replicas: number } }[] };
    expect(items.map(({ spec }) => spec.replicas).sort()).toEqual([0, 3]);
    await client.call('DELETE', `${deployments}/rolling`);
    await eventually(async () => ((await names(pods)).length === 0 ? true : undefined));
  }, 60_000);

  it('of a Deployment that asks for a million pods neither stop nor fill the cluster', async () => {
    const before = performance.now();
    await client.post(deployments, deployment('million', 1_000_000));
    const events = '/api/v1/namespaces/default/events?fieldSelector=reason%3DFailedCreate';
    const [refused] = await eventually(async () => {
      const { items } = (await client.get(events)).body as { items: { message: string }[] };
      return items.length > 0 ? items : undefined;
    }, 40_000);
    expect(refused?.message).toMatch(/^Error creating: pods "million-\w+-" is forbidden: .* at most 1000 pods$/);
    expect(performance.now() - before).toBeLessThan(40_000);
    await client.call('DELETE', `${deployments}/million`);
    const pods = '/api/v1/namespaces/default/pods?labelSelector=app%3Dmillion';
    await eventually(async () => ((await names(pods)).length === 0 ? true : undefined), 40_000);
  }, 90_000);

  it('that a Deployment may not create are told of in an event, and come once they may', async () => {
    const { spec, ...rest } = deployment('unaccounted', 1);
    const template = { ...spec.template, spec: { ...spec.template.spec, serviceAccountName: 'later' } };
    await client.post(deployments, { ...rest, spec: { ...spec, template } });
    const events = '/api/v1/namespaces/default/events?fieldSelector=reason%3DFailedCreate';
    await eventually(async () => {
      const { items } = (await client.get(events)).body as { items: { message: string }[] };
      return items.find(({ message }) => message.includes('serviceaccount "later" not found'));
    });
    await client.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'later' } });
    const pods = '/api/v1/namespaces/default/pods?labelSelector=app%3Dunaccounted';
    await eventually(async () => ((await names(pods)).length === 1 ? true : undefined));
    await client.call('DELETE', `${deployments}/unaccounted`);
  }, 30_000);

  it('beyond the size limit are refused', async () => {
    const answer = await client.post(configMaps, { metadata: { name: 'big' }, data: { a: 'x'.repeat(1_100_000) } });
    expect(answer.body).toMatchObject({ code: 422, message: expect.stringContaining('Too long') });
    const huge = await client.post(configMaps, { metadata: { name: 'huge' }, data: { a: 'x'.repeat(4_000_000) } });
    expect(huge.code).toBe(413);
  });

  it('beyond the size limit leave their connection to the next request', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: cluster.certificateAuthority });
    const { token } = await client.serviceAccount('large');
    const call = (method: string, path: string, body?: Buffer) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}`, 'content-length': body?.length ?? 0 };
        const request = https.request(`${cluster.url}${path}`, { method, agent, headers }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode));
        });
        request.on('error', reject);
        request.end(body);
      });
    const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    expect(await call('POST', review, Buffer.alloc(4 * 1024 * 1024, 32))).toBe(413);
    expect(await call('GET', '/version')).toBe(200);
    agent.destroy();
  });

  it('of many fields in YAML do not stop the cluster', async () => {
    const apply = (body: string) =>
      client.call('PATCH', `${configMaps}/fields?fieldManager=tests`, {
        body,
        contentType: 'application/apply-patch+yaml',
      });
    const fields = (count: number, write: (index: number) => string) =>
      Array.from({ length: count }, (_, at) => write(at));
    const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fields}\ndata:\n';
    expect((await apply(`${head}${fields(5_000, (at) => ` k${at}: v`).join('\n')}`)).code).toBe(201);
    expect(await apply(`${head}${fields(100_000, (at) => ` k${at}: v`).join('\n')}`)).toMatchObject({ code: 413 });
    const data = Object.fromEntries(fields(50_000, (at) => `k${at}`).map((key) => [key, 'v']));
    const json = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fields' }, data };
    expect((await apply(JSON.stringify(json))).code).toBe(200);
    await client.call('DELETE', `${configMaps}/fields`);
  });

  it('of 20 MB in one list leave other requests their turn', async () => {
    const data = { text: 'x'.repeat(500_000) };
    await client.post('/api/v1/namespaces', { metadata: { name: 'big' } });
    for (let index = 0; index < 40; index++) {
      await client.post('/api/v1/namespaces/big/configmaps', { metadata: { name: `c${index}` }, data });
    }
    const started = performance.now();
    const list = client.get('/api/v1/namespaces/big/configmaps');
    let slowest = 0;
    for (let count = 0; count < 5; count++) {
      const before = performance.now();
      await client.get('/readyz');
      slowest = Math.max(slowest, performance.now() - before);
    }
    const { text } = await list;
    expect(text.length).toBeGreaterThan(20_000_000);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(slowest).toBeLessThan(500);
    await client.call('DELETE', '/api/v1/namespaces/big');
  }, 30_000);
});
