import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { historyLength, ObjectStore, StoreError, type StoreEvent } from './store.ts';

const configMap = (name: string, data: Record<string, string> = {}, namespace = 'default') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

describe('the object store', () => {
  it('gives every write a later resourceVersion', () => {
    const store = new ObjectStore(systemClock);
    const first = store.create('configmaps', configMap('a'));
    const second = store.create('configmaps', configMap('b'));
    const changed = store.modify('configmaps', 'default', 'a', (draft) => {
      draft.data = { x: 'y' };
    });
    const versions = [first, second, changed].map((object) => Number(object?.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(3);
  });

  it('refuses a replacement that was made from an older state', () => {
    const store = new ObjectStore(systemClock);
    const old = store.create('configmaps', configMap('a'));
    store.replace('configmaps', { ...old, data: { x: '1' } });
    expect(() => store.replace('configmaps', { ...old, data: { x: '2' } })).toThrow(StoreError);
    expect(store.get('configmaps', 'default', 'a')?.data).toEqual({ x: '1' });
  });

  it('takes a replacement that changes nothing for no write', () => {
    const store = new ObjectStore(systemClock);
    const object = store.create('configmaps', configMap('a', { x: '1' }));
    expect(store.replace('configmaps', structuredClone(object))).toBe(object);
    expect(store.revision).toBe(Number(object.metadata.resourceVersion));
  });

  it('lists in namespace and name order, as of now', () => {
    const store = new ObjectStore(systemClock);
    for (const name of ['b', 'a']) store.create('configmaps', configMap(name, {}, 'two'));
    store.create('configmaps', configMap('c', {}, 'one'));
    const before = store.list('configmaps');
    store.create('configmaps', configMap('d', {}, 'one'));
    expect(before.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(['one/c', 'two/a', 'two/b']);
  });

  it('replays to a watch what happened since its revision, and goes on', () => {
    const store = new ObjectStore(systemClock);
    store.create('configmaps', configMap('a'));
    const since = store.revision;
    store.create('configmaps', configMap('b'));
    store.remove('configmaps', 'default', 'a');
    const seen: string[] = [];
    const undo = store.watch('configmaps', ({ type, object }) => seen.push(`${type} ${object.metadata.name}`), {
      since,
    });
    store.create('configmaps', configMap('c'));
    undo();
    store.create('configmaps', configMap('d'));
    expect(seen).toEqual(['ADDED b', 'DELETED a', 'ADDED c']);
  });

  it('refuses a watch from a revision whose history is gone', () => {
    const store = new ObjectStore(systemClock);
    store.create('configmaps', configMap('a'));
    const since = store.revision;
    for (let count = 0; count < historyLength * 2; count++) {
      store.modify('configmaps', 'default', 'a', (draft) => {
        draft.data = { count: String(count) };
      });
    }
    expect(() => store.watch('configmaps', () => {}, { since })).toThrow(/too old resource version/);
    expect(() => store.watch('configmaps', () => {}, { since: store.revision - historyLength / 2 })).not.toThrow();
  });

  it('never changes an object it has handed out', () => {
    const store = new ObjectStore(systemClock);
    const object = store.create('configmaps', configMap('a', { x: '1' }));
    store.modify('configmaps', 'default', 'a', (draft) => {
      draft.data = { x: '2' };
    });
    expect(object.data).toEqual({ x: '1' });
  });

  it('tells a watch of everything about every resource', () => {
    const store = new ObjectStore(systemClock);
    const seen: StoreEvent[] = [];
    store.watchEverything((event) => seen.push(event));
    store.create('configmaps', configMap('a'));
    store.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'default' } });
    expect(seen.map(({ resource }) => resource)).toEqual(['configmaps', 'secrets']);
  });
});
