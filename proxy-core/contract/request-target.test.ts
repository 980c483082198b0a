import { expect, test } from 'vitest';
import { isProxied, isWatch } from './request-target.ts';

test('what a pod, a service or a node answers is passed on', () => {
  for (const target of [
    '/api/v1/namespaces/default/services/web/proxy',
    '/api/v1/namespaces/default/services/https:web:443/proxy/?watch=1',
    '/api/v1/namespaces/default/pods/web/proxy/metrics',
    '/api/v1/nodes/n1/proxy?x',
  ]) {
    expect(isProxied(target)).toBe(true);
  }
});

test('everything else is Kubernetes’ own', () => {
  for (const target of ['/api/v1/pods?watch=1', '/api/v1/namespaces/proxy/pods', '/api/v1/pods?x=/nodes/n/proxy/']) {
    expect(isProxied(target)).toBe(false);
  }
});

test('a watch is told as the API server tells it', () => {
  for (const query of ['watch=1', 'watch=true', 'watch=TRUE', 'watch=yes', 'watch=', 'watch', 'limit=5&watch=1&x=y']) {
    expect(isWatch(`/api/v1/pods?${query}`), query).toBe(true);
  }
  for (const query of ['', 'watch=0', 'watch=false', 'watch=False&x=y', 'rewatch=1', 'x=watch', 'watched=1']) {
    expect(isWatch(`/api/v1/pods?${query}`), query).toBe(false);
  }
  expect(isWatch('/api/v1/configmaps/a&watch=1')).toBe(false);
});

test('what a program calls a watch is none', () => {
  expect(isWatch('/api/v1/namespaces/default/services/web/proxy/events?watch=1')).toBe(false);
});
