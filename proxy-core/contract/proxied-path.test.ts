import { expect, test } from 'vitest';
import { isProxied } from './proxied-path.ts';

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
