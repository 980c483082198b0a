import { expect, test } from 'vitest';
import { requestSubject } from './request-subject.ts';

const nothing = { resource: '', subresource: '', namespace: '', name: '', path: '' };

test.each([
  [{ resource: 'pods', subresource: 'log', namespace: 'default', name: 'web-1' }, 'pods/log default/web-1'],
  [{ resource: 'pods', namespace: 'default' }, 'pods default'],
  [{ resource: 'nodes' }, 'nodes'],
  [{ resource: 'namespaces', namespace: 'shop', name: 'shop' }, 'namespaces shop'],
  [{ path: '/healthz' }, '/healthz'],
])('%o is about %s', (request, subject) => {
  expect(requestSubject({ ...nothing, ...request })).toBe(subject);
});
