import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestClient } from './api/testing.ts';
import { type EmulatedCluster, startEmulatedCluster } from './index.ts';
import { historyLength } from './store.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('a watch on an emulated cluster', () => {
  let cluster: EmulatedCluster;
  let client: TestClient;

  beforeAll(async () => {
    cluster = await startEmulatedCluster({ name: 'watch', seed: 'empty' });
    client = new TestClient(cluster);
  });
  afterAll(() => cluster.close());

  const create = (name: string, labels: Record<string, string> = {}) =>
    client.post(configMaps, { metadata: { name, labels } });
  const label = (name: string, labels: Record<string, string | null>) =>
    client.call('PATCH', `${configMaps}/${name}`, {
      body: { metadata: { labels } },
      contentType: 'application/merge-patch+json',
    });
  const revision = async () => {
    const { body } = await client.get('/api/v1/nodes');
    return (body as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  };
  const take = async (path: string, count: number, headers?: Record<string, string>) => {
    const events = [];
    for await (const event of client.watch(path, headers ? { headers } : {})) {
      events.push(event);
      if (events.length === count) break;
    }
    return events;
  };
  const shown = (events: { type: string; object: Record<string, unknown> }[]) =>
    events.map(({ type, object }) => `${type} ${(object.metadata as { name: string }).name}`);

  it('goes on from a resourceVersion', async () => {
    const since = await revision();
    await create('one');
    await label('one', { a: 'b' });
    await client.call('DELETE', `${configMaps}/one`);
    expect(shown(await take(`${configMaps}?watch=true&resourceVersion=${since}`, 3))).toEqual([
      'ADDED one',
      'MODIFIED one',
      'DELETED one',
    ]);
  });

  it('with a selector shows changes of labels as arrivals and departures', async () => {
    const since = await revision();
    await create('changing');
    await label('changing', { chosen: 'yes' });
    await label('changing', { other: 'x' });
    await label('changing', { chosen: null });
    await client.call('DELETE', `${configMaps}/changing`);
    await create('last', { chosen: 'yes' });
    const path = `${configMaps}?watch=true&labelSelector=chosen%3Dyes&resourceVersion=${since}`;
    expect(shown(await take(path, 4))).toEqual([
      'ADDED changing',
      'MODIFIED changing',
      'DELETED changing',
      'ADDED last',
    ]);
  });

  it('without a resourceVersion begins with what is there', async () => {
    await create('present', { begin: 'yes' });
    expect(shown(await take(`${configMaps}?watch=1&labelSelector=begin`, 1))).toEqual(['ADDED present']);
  });

  it('marks the end of the initial events where asked to send them', async () => {
    await create('initial', { initial: 'yes' });
    const path = `${configMaps}?watch=1&labelSelector=initial&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const [added, bookmark] = await take(path, 2);
    expect(added?.type).toBe('ADDED');
    expect(bookmark).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  it('ends at its timeout with a bookmark and a proper end', async () => {
    const since = await revision();
    const path = `${configMaps}?watch=1&resourceVersion=${since}&timeoutSeconds=1&allowWatchBookmarks=true`;
    const { text } = await client.get(path);
    expect(JSON.parse(text)).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { resourceVersion: expect.any(String) } },
    });
  });

  it('from a time before what is remembered, or after what is known, is told that it is gone', async () => {
    const since = await revision();
    await create('busy');
    for (let count = 0; count < historyLength * 1.3; count += 50) {
      const writes = Array.from({ length: 50 }, (_, index) => label('busy', { count: String(count + index) }));
      await Promise.all(writes);
    }
    for (const version of [since, '999999999']) {
      const [event] = await take(`${configMaps}?watch=1&resourceVersion=${version}`, 1);
      expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    }
  }, 60_000);

  it('as a Table gives the headings once', async () => {
    const since = await revision();
    await create('row-1');
    await create('row-2');
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const [first, second] = await take(`${configMaps}?watch=1&resourceVersion=${since}`, 2, headers);
    expect(first?.object).toMatchObject({ kind: 'Table', rows: [{ cells: ['row-1', 0, expect.any(String)] }] });
    expect(first?.object.columnDefinitions).toHaveLength(3);
    expect(second?.object.columnDefinitions).toBeNull();
  });

  it('refuses a resourceVersion that is no number', async () => {
    expect((await client.get(`${configMaps}?watch=1&resourceVersion=abc`)).code).toBe(400);
  });

  it('ends in order when the cluster closes', async () => {
    const other = await startEmulatedCluster({ name: 'closing', seed: 'empty' });
    const response = await new TestClient(other).open('GET', `${configMaps}?watch=1`);
    response.resume();
    const ended = new Promise((resolve) => response.on('end', () => resolve('ended')).on('error', resolve));
    await other.close();
    expect(await ended).toBe('ended');
  });
});
