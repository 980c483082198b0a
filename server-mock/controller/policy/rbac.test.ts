import { describe, expect, test } from 'vitest';
import type { PolicyRule } from '../../../proxy-core/contract/policy.ts';
import { requestAttributes } from './attributes.ts';
import { describeRule, ruleAllows } from './rbac.ts';

const allows = (rule: PolicyRule, method: string, target: string) =>
  ruleAllows(rule, requestAttributes(method, target));
const pods: PolicyRule = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };

describe('a rule allows', () => {
  test.each<[string, PolicyRule, string, string]>([
    ['its verb on its resource', pods, 'GET', '/api/v1/namespaces/a/pods/x'],
    ['any verb by *', { ...pods, verbs: ['*'] }, 'OPTIONS', '/api/v1/pods'],
    ['any group by *', { ...pods, apiGroups: ['*'] }, 'GET', '/apis/metrics.k8s.io/v1/pods'],
    ['a subresource it names', { ...pods, resources: ['pods/log'] }, 'GET', '/api/v1/namespaces/a/pods/x/log'],
    ['a subresource of anything by */log', { ...pods, resources: ['*/log'] }, 'GET', '/api/v1/namespaces/a/pods/x/log'],
    ['subresources too by *', { ...pods, resources: ['*'] }, 'GET', '/api/v1/namespaces/a/pods/x/log'],
    ['the name it names', { ...pods, resourceNames: ['x'] }, 'GET', '/api/v1/namespaces/a/pods/x'],
    [
      'a list narrowed to the name it names',
      { ...pods, resourceNames: ['x'] },
      'GET',
      '/api/v1/pods?fieldSelector=metadata.name=x',
    ],
    ['its path', { nonResourceURLs: ['/metrics'], verbs: ['get'] }, 'GET', '/metrics'],
    ['paths below its star', { nonResourceURLs: ['/openapi/*'], verbs: ['get'] }, 'GET', '/openapi/v3'],
    ['any path by *', { nonResourceURLs: ['*'], verbs: ['get'] }, 'GET', '/anything/at/all'],
    [
      'exec by create',
      { ...pods, resources: ['pods/exec'], verbs: ['create'] },
      'GET',
      '/api/v1/namespaces/a/pods/x/exec',
    ],
  ])('%s', (_, rule, method, target) => expect(allows(rule, method, target)).toBe(true));
});

describe('a rule does not allow', () => {
  test.each<[string, PolicyRule, string, string]>([
    ['another verb', pods, 'DELETE', '/api/v1/namespaces/a/pods/x'],
    ['deletecollection by delete', { ...pods, verbs: ['delete'] }, 'DELETE', '/api/v1/namespaces/a/pods'],
    ['another group', pods, 'GET', '/apis/metrics.k8s.io/v1/pods'],
    ['anything without groups', { resources: ['pods'], verbs: ['get'] }, 'GET', '/api/v1/namespaces/a/pods/x'],
    ['a subresource it does not name', pods, 'GET', '/api/v1/namespaces/a/pods/x/log'],
    ['the resource by its subresource', { ...pods, resources: ['pods/log'] }, 'GET', '/api/v1/namespaces/a/pods/x'],
    ['a plain resource by */x', { ...pods, resources: ['*/pods'] }, 'GET', '/api/v1/pods'],
    ['another name', { ...pods, resourceNames: ['x'] }, 'GET', '/api/v1/namespaces/a/pods/y'],
    ['a whole list by a name', { ...pods, resourceNames: ['x'] }, 'GET', '/api/v1/pods'],
    ['the path its star stands below', { nonResourceURLs: ['/openapi/*'], verbs: ['get'] }, 'GET', '/openapi'],
    ['a path by a resource star', { apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, 'GET', '/metrics'],
    ['a resource by a path star', { nonResourceURLs: ['*'], verbs: ['*'] }, 'GET', '/api/v1/secrets'],
    [
      'a shell by reading everything',
      { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      'GET',
      '/api/v1/namespaces/a/pods/x/exec?command=sh',
    ],
    ['a shell by get on pods/exec', { ...pods, resources: ['pods/exec'] }, 'GET', '/api/v1/namespaces/a/pods/x/exec'],
  ])('%s', (_, rule, method, target) => expect(allows(rule, method, target)).toBe(false));
});

test('a rule is described in one line', () => {
  expect(describeRule(pods)).toBe('pods: get,list');
  expect(
    describeRule({
      apiGroups: ['apps'],
      resources: ['deployments', 'deployments/scale'],
      resourceNames: ['web'],
      verbs: ['patch'],
    }),
  ).toBe('deployments.apps,deployments/scale.apps (web): patch');
  expect(describeRule({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] })).toBe('*: *');
  expect(describeRule({ nonResourceURLs: ['/metrics'], verbs: ['get'] })).toBe('/metrics: get');
});
