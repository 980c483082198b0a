import { describe, expect, test } from 'vitest';
import { type ResourceAttributes, requestAttributes } from './attributes.ts';

type Row = [
  method: string,
  target: string,
  verb: string,
  group: string,
  version: string,
  namespace: string,
  resource: string,
  subresource: string,
  name: string,
];

// Rows of upstream's requestinfo_test.go (TestGetAPIRequestInfo).
const upstream: Row[] = [
  ['GET', '/api/v1/namespaces', 'list', '', 'v1', '', 'namespaces', '', ''],
  ['GET', '/api/v1/namespaces/other', 'get', '', 'v1', 'other', 'namespaces', '', 'other'],
  ['GET', '/api/v1/namespaces/other/pods', 'list', '', 'v1', 'other', 'pods', '', ''],
  ['GET', '/api/v1/namespaces/other/pods/foo', 'get', '', 'v1', 'other', 'pods', '', 'foo'],
  ['HEAD', '/api/v1/namespaces/other/pods/foo', 'get', '', 'v1', 'other', 'pods', '', 'foo'],
  ['GET', '/api/v1/pods', 'list', '', 'v1', '', 'pods', '', ''],
  ['HEAD', '/api/v1/pods', 'list', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/proxy/namespaces/other/pods/foo', 'proxy', '', 'v1', 'other', 'pods', '', 'foo'],
  ['GET', '/api/v1/proxy/namespaces/other/pods/foo/sub/not/a/sub', 'proxy', '', 'v1', 'other', 'pods', '', 'foo'],
  ['GET', '/api/v1/watch/pods', 'watch', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/pods?watch=true', 'watch', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/pods?watch=false', 'list', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/watch/namespaces/other/pods', 'watch', '', 'v1', 'other', 'pods', '', ''],
  ['GET', '/api/v1/namespaces/other/pods?watch=1', 'watch', '', 'v1', 'other', 'pods', '', ''],
  ['GET', '/api/v1/namespaces/other/pods?watch=0', 'list', '', 'v1', 'other', 'pods', '', ''],
  ['GET', '/api/v1/namespaces/other/pods/foo/status', 'get', '', 'v1', 'other', 'pods', 'status', 'foo'],
  ['GET', '/api/v1/namespaces/other/pods/foo/proxy/subpath', 'get', '', 'v1', 'other', 'pods', 'proxy', 'foo'],
  ['PUT', '/api/v1/namespaces/other/finalize', 'update', '', 'v1', 'other', 'namespaces', 'finalize', 'other'],
  ['PUT', '/api/v1/namespaces/other/status', 'update', '', 'v1', 'other', 'namespaces', 'status', 'other'],
  ['PATCH', '/api/v1/namespaces/other/pods/foo', 'patch', '', 'v1', 'other', 'pods', '', 'foo'],
  ['DELETE', '/api/v1/namespaces/other/pods/foo', 'delete', '', 'v1', 'other', 'pods', '', 'foo'],
  ['POST', '/api/v1/namespaces/other/pods', 'create', '', 'v1', 'other', 'pods', '', ''],
  ['DELETE', '/api/v1/nodes', 'deletecollection', '', 'v1', '', 'nodes', '', ''],
  ['DELETE', '/api/v1/namespaces', 'deletecollection', '', 'v1', '', 'namespaces', '', ''],
  ['DELETE', '/api/v1/namespaces/other/pods', 'deletecollection', '', 'v1', 'other', 'pods', '', ''],
  [
    'DELETE',
    '/apis/extensions/v1/namespaces/other/pods',
    'deletecollection',
    'extensions',
    'v1',
    'other',
    'pods',
    '',
    '',
  ],
  ['POST', '/apis/extensions/v1/namespaces/other/pods', 'create', 'extensions', 'v1', 'other', 'pods', '', ''],
  [
    'POST',
    '/apis/extensions/v1beta3/namespaces/other/pods',
    'create',
    'extensions',
    'v1beta3',
    'other',
    'pods',
    '',
    '',
  ],
];

// Rows of upstream's TestFieldSelectorParsing.
const fieldSelectors: Row[] = [
  ['GET', '/apis/group/version/resource', 'list', 'group', 'version', '', 'resource', '', ''],
  [
    'GET',
    '/apis/group/version/resource?fieldSelector=metadata.name=name1',
    'list',
    'group',
    'version',
    '',
    'resource',
    '',
    'name1',
  ],
  [
    'GET',
    '/apis/group/version/resource?watch=true&fieldSelector=metadata.name=name1',
    'watch',
    'group',
    'version',
    '',
    'resource',
    '',
    'name1',
  ],
  ['GET', '/apis/group/version/resource?fieldSelector=foo=bar', 'list', 'group', 'version', '', 'resource', '', ''],
  [
    'GET',
    '/apis/group/version/resource?fieldSelector=metadata.name=name1,foo',
    'list',
    'group',
    'version',
    '',
    'resource',
    '',
    '',
  ],
  [
    'GET',
    '/apis/group/version/resource?fieldSelector=metadata.name=name1,foo&watch=true',
    'watch',
    'group',
    'version',
    '',
    'resource',
    '',
    '',
  ],
  [
    'GET',
    '/apis/group/version/resource?fieldSelector=metadata.name=name1,foo&watch=false',
    'list',
    'group',
    'version',
    '',
    'resource',
    '',
    '',
  ],
];

const ours: Row[] = [
  ['GET', '/api/v1/namespaces/a/pods/', 'list', '', 'v1', 'a', 'pods', '', ''],
  ['GET', '/api/v1/pods?watch', 'watch', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/pods?watch=FALSE', 'list', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/pods?w%61tch=1', 'watch', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/pods?watch=1;', 'list', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/pods?watch=%zz', 'list', '', 'v1', '', 'pods', '', ''],
  ['GET', '/api/v1/pods/foo?watch=1', 'get', '', 'v1', '', 'pods', '', 'foo'],
  ['GET', '/api/v1/watch/namespaces/a/pods/foo', 'watch', '', 'v1', 'a', 'pods', '', 'foo'],
  ['DELETE', '/api/v1/secrets?fieldSelector=metadata.name=x', 'deletecollection', '', 'v1', '', 'secrets', '', ''],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Dx', 'list', '', 'v1', '', 'secrets', '', 'x'],
  ['GET', '/api/v1/secrets?fieldSelector=type=a,metadata.name==x', 'list', '', 'v1', '', 'secrets', '', 'x'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name!=x', 'list', '', 'v1', '', 'secrets', '', ''],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name=..', 'list', '', 'v1', '', 'secrets', '', ''],
  [
    'GET',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
    'get',
    'rbac.authorization.k8s.io',
    'v1',
    '',
    'clusterroles',
    '',
    'system:node',
  ],
  ['OPTIONS', '/api/v1/pods', '', '', 'v1', '', 'pods', '', ''],
  ['POST', '/api/v1/namespaces/a/serviceaccounts/b/token', 'create', '', 'v1', 'a', 'serviceaccounts', 'token', 'b'],
  ['GET', '/api/v1/namespaces/a/services/b:80/proxy//x%2Fy?watch=1', 'get', '', 'v1', 'a', 'services', 'proxy', 'b:80'],
];

test.each([...upstream, ...fieldSelectors, ...ours])(
  '%s %s is %s',
  (method, target, verb, apiGroup, apiVersion, namespace, resource, subresource, name) => {
    expect(requestAttributes(method, target)).toMatchObject({
      kind: 'resource',
      verb,
      apiGroup,
      apiVersion,
      namespace,
      resource,
      subresource,
      name,
    });
  },
);

describe('exec, attach and port-forward are create whatever method opens them', () => {
  test.each(['GET', 'POST', 'PUT', 'HEAD'])('%s', (method) => {
    for (const subresource of ['exec', 'attach', 'portforward']) {
      const attributes = requestAttributes(method, `/api/v1/namespaces/a/pods/b/${subresource}?command=sh`);
      expect(attributes.verb).toBe('create');
      expect((attributes as ResourceAttributes).subresource).toBe(subresource);
    }
  });

  test('but a resource of another group with such a subresource keeps its own verb', () => {
    const target = '/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachineinstances/b/portforward';
    expect(requestAttributes('GET', target).verb).toBe('get');
  });
});

// Rows of upstream's TestGetNonAPIRequestInfo and the error cases of TestGetAPIRequestInfo.
test.each([
  '/',
  '/api',
  '/api/version',
  '/api/version/',
  '/apis',
  '/apis/group/version/',
  '/apis/version/resource',
  '/apis/extensions/v1beta1',
  '/badprefix/version/resource',
  '/healthz',
  '/openapi/v3/apis/apps/v1',
  '/version?timeout=32s',
])('GET %s is no resource request and keeps its path', (target) => {
  expect(requestAttributes('GET', target)).toEqual({ kind: 'non-resource', verb: 'get', path: target.split('?')[0] });
});

test('a resource path that stops after a special verb is refused, as upstream fails it', () => {
  expect(() => requestAttributes('GET', '/api/v1/watch')).toThrow(
    expect.objectContaining({ code: 'POSTERN_REQUEST_AMBIGUOUS' }),
  );
});
