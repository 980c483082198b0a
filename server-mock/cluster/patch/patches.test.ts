import { describe, expect, it } from 'vitest';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyConfiguration } from './server-side-apply.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

describe('a JSON patch', () => {
  it('adds, replaces, moves, copies, removes and tests', () => {
    const patched = applyJsonPatch({ a: { b: [1, 2] }, c: 'x' }, [
      { op: 'test', path: '/c', value: 'x' },
      { op: 'add', path: '/a/b/-', value: 3 },
      { op: 'replace', path: '/c', value: 'y' },
      { op: 'copy', from: '/c', path: '/d' },
      { op: 'move', from: '/d', path: '/e~1f' },
      { op: 'remove', path: '/a/b/0' },
    ]);
    expect(patched).toEqual({ a: { b: [2, 3] }, c: 'y', 'e/f': 'y' });
  });

  it('leaves its target alone', () => {
    const target = { a: 1 };
    applyJsonPatch(target, [{ op: 'remove', path: '/a' }]);
    expect(target).toEqual({ a: 1 });
  });

  it.each([
    [[{ op: 'test', path: '/a', value: 2 }]],
    [[{ op: 'remove', path: '/missing' }]],
    [[{ op: 'replace', path: '/list/7', value: 1 }]],
    [{ not: 'a list' }],
  ])('refuses %j', (patch) => {
    expect(() => applyJsonPatch({ a: 1, list: [] }, patch)).toThrow();
  });

  it('cannot fill the memory by copying what it has copied', () => {
    const doubling = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/list', path: '/list/-' }));
    expect(() => applyJsonPatch({ list: [1] }, doubling)).toThrow('copies are larger than 3145728 bytes');
  });

  it('cannot reach the prototype of its target', () => {
    applyJsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
    expect(() => applyJsonPatch({}, [{ op: 'add', path: '/__proto__/polluted', value: true }])).toThrow();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('a merge patch', () => {
  it('merges maps, replaces lists and deletes by null', () => {
    expect(applyMergePatch({ a: { x: 1, y: 2 }, l: [1] }, { a: { y: null, z: 3 }, l: [2] })).toEqual({
      a: { x: 1, z: 3 },
      l: [2],
    });
  });
});

describe('a strategic merge patch', () => {
  const pod = {
    spec: {
      containers: [
        { name: 'web', image: 'nginx:1', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }] },
        { name: 'side', image: 'busybox' },
      ],
      tolerations: [{ key: 'x' }],
    },
  };

  it('merges containers by name and leaves the others', () => {
    const patched = applyStrategicMerge(pod, {
      spec: { containers: [{ name: 'web', image: 'nginx:2', env: [{ name: 'B', value: '2' }] }] },
    }) as typeof pod;
    expect(patched.spec.containers).toEqual([
      {
        name: 'web',
        image: 'nginx:2',
        ports: [{ containerPort: 80 }],
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
      { name: 'side', image: 'busybox' },
    ]);
  });

  it('deletes an element by directive and puts the rest in order', () => {
    const patched = applyStrategicMerge(pod, {
      spec: {
        '$setElementOrder/containers': [{ name: 'new' }, { name: 'side' }],
        containers: [
          { name: 'web', $patch: 'delete' },
          { name: 'new', image: 'x' },
        ],
      },
    }) as typeof pod;
    expect(patched.spec.containers.map(({ name }) => name)).toEqual(['new', 'side']);
  });

  it('replaces lists that have no merge key', () => {
    const patched = applyStrategicMerge(pod, { spec: { tolerations: [{ key: 'y' }] } }) as typeof pod;
    expect(patched.spec.tolerations).toEqual([{ key: 'y' }]);
  });

  it('tells the ports of a Service from those of a container', () => {
    const service = { spec: { ports: [{ port: 80, name: 'a' }] } };
    expect(applyStrategicMerge(service, { spec: { ports: [{ port: 81, name: 'b' }] } })).toEqual({
      spec: {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'b' },
        ],
      },
    });
  });

  it('keeps only the retained keys of a union', () => {
    const target = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };
    expect(applyStrategicMerge(target, { strategy: { $retainKeys: ['type'], type: 'Recreate' } })).toEqual({
      strategy: { type: 'Recreate' },
    });
  });

  it('merges finalizers as a set and removes from it by directive', () => {
    const target = { metadata: { finalizers: ['a', 'b'] } };
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } };
    expect(applyStrategicMerge(target, patch)).toEqual({ metadata: { finalizers: ['b', 'c'] } });
  });

  it('refuses an element without its key', () => {
    expect(() => applyStrategicMerge(pod, { spec: { containers: [{ image: 'x' }] } })).toThrow(/merge key: name/);
  });
});

describe('server-side apply', () => {
  it('removes what its manager applied before and leaves out now, and nothing else', () => {
    const live = { metadata: { labels: { mine: '1', theirs: '2' } }, data: { a: '1', b: '2' } };
    const before = { metadata: { labels: { mine: '1' } }, data: { a: '1', b: '2' } };
    expect(applyConfiguration(live, before, { data: { a: '3' } })).toEqual({
      metadata: { labels: { theirs: '2' } },
      data: { a: '3' },
    });
  });
});
