import { expect, test } from 'vitest';
import type { AppState } from '../contract/app.ts';
import { StateStore } from './state-store.ts';

function initial(): AppState {
  return {
    version: '0',
    organisation: null,
    identity: { kind: 'signed-out', problem: null },
    connection: { kind: 'idle' },
    clusters: [],
    proxy: null,
    kubeconfig: { path: '/k', mergedInto: null, contexts: [] },
    terminals: [],
    settings: { controllerUrl: null, mergeKubeconfig: false, colorScheme: 'system', terminalFontSize: 13 },
    warnings: [],
  };
}

test('a watcher gets the whole state first and then only what changed', async () => {
  const store = new StateStore(initial());
  const watcher = store.watch();
  expect((await watcher.next()).value).toEqual({ kind: 'snapshot', state: initial() });
  store.update({ proxy: { url: 'https://127.0.0.1:1' }, clusters: [] });
  expect((await watcher.next()).value).toEqual({ kind: 'changed', changes: { proxy: { url: 'https://127.0.0.1:1' } } });
});

test('a watcher that waits is woken by a change', async () => {
  const store = new StateStore(initial());
  const watcher = store.watch();
  await watcher.next();
  const next = watcher.next();
  store.update({ version: '1' });
  expect((await next).value).toEqual({ kind: 'changed', changes: { version: '1' } });
});

test('a slow watcher holds one merged change, whatever happened meanwhile', async () => {
  const store = new StateStore(initial());
  const slow = store.watch();
  await slow.next();
  for (let count = 0; count < 10_000; count++) store.update({ version: String(count) });
  store.update({ proxy: { url: 'u' } });
  expect((await slow.next()).value).toEqual({ kind: 'changed', changes: { version: '9999', proxy: { url: 'u' } } });
  const waiting = slow.next();
  await slow.return?.();
  expect((await waiting).done).toBe(true);
});

test('each watcher ends by its own signal, and all with the store', async () => {
  const store = new StateStore(initial());
  const aborter = new AbortController();
  const one = store.watch(aborter.signal);
  const other = store.watch();
  await Promise.all([one.next(), other.next()]);
  const oneEnded = one.next();
  const otherEnded = other.next();
  aborter.abort();
  expect((await oneEnded).done).toBe(true);
  store.end();
  expect((await otherEnded).done).toBe(true);
  expect((await store.watch().next()).done).toBe(true);
});
