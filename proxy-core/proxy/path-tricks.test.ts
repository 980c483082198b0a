import { describe, expect, test } from 'vitest';
import { gatewayTarget, parsePath, parseTarget } from './paths.ts';
import { startTestProxy } from './testing-proxy.ts';

describe('paths', () => {
  test.each([
    ['/clusters/dev', 'dev', undefined, '/'],
    ['/clusters/dev/', 'dev', undefined, '/'],
    ['/clusters/dev/api/v1/pods?limit=500', 'dev', undefined, '/api/v1/pods?limit=500'],
    ['/clusters/dev?x=1', 'dev', undefined, '/?x=1'],
    ['/clusters/dev/roles/admin/apis', 'dev', 'admin', '/apis'],
    ['/clusters/dev/roles/admin', 'dev', 'admin', '/'],
    [
      '/clusters/a-1/api/v1/namespaces/x/services/http:y:80/proxy/a%2Fb//c',
      'a-1',
      undefined,
      '/api/v1/namespaces/x/services/http:y:80/proxy/a%2Fb//c',
    ],
    [
      '/clusters/dev/api/v1/pods?fieldSelector=a%3D..&x=../../y',
      'dev',
      undefined,
      '/api/v1/pods?fieldSelector=a%3D..&x=../../y',
    ],
  ])('%s is read as it stands', (target, cluster, role, kubernetesTarget) => {
    expect(parsePath(target)).toEqual({ cluster, role, kubernetesTarget });
  });

  test.each([
    '',
    '/',
    '*',
    '/api/v1/pods',
    '/clusters',
    '/clusters/',
    '/clusters//api',
    '//clusters/dev/api',
    '/Clusters/dev/api',
    '/clusters/DEV/api',
    '/clusters/dev%2fapi',
    '/clusters/%64ev/api',
    '/clusters/dev/roles',
    '/clusters/dev/roles/',
    '/clusters/dev/roles/Admin/api',
    '/clusters/dev/roles//api',
    '/clusters/dev/../prod/api',
    '/clusters/dev/%2e%2e/prod/api',
    '/clusters/dev/%2E./prod/api',
    '/clusters/dev/..%2fprod/api',
    '/clusters/dev/api/..',
    '/clusters/dev/api/./v1',
    '/clusters/dev/api/%2e/v1',
    '/clusters/dev\\..\\prod',
    '/clusters/dev/..%5cprod',
    '/clusters/dev/api#/clusters/prod',
    '/clusters/dev/api\u0000',
    '/clusters/dev/api v1',
    '/clusters/dev/\u00e4pi',
    '/clusters/-dev/api',
    `/clusters/${'a'.repeat(64)}/api`,
    'https://evil.example/clusters/dev/api',
    'clusters/dev/api',
  ])('%j is refused', (target) => {
    expect(() => parsePath(target)).toThrowError(expect.objectContaining({ code: 'POSTERN_PROXY_REQUEST_INVALID' }));
  });

  test('a request without the server’s path goes where its token was written for', () => {
    expect(parseTarget('/healthz', { cluster: 'dev', role: undefined })).toEqual(parsePath('/clusters/dev/healthz'));
    expect(parseTarget('/metrics', { cluster: 'dev', role: 'admin' })).toEqual(
      parsePath('/clusters/dev/roles/admin/metrics'),
    );
    expect(parseTarget('/clusters/prod/api', { cluster: 'dev', role: undefined })).toMatchObject({ cluster: 'prod' });
    expect(() => parseTarget('x/../prod/api', { cluster: 'dev', role: undefined })).toThrow();
    expect(() => parseTarget('https://evil.example/', { cluster: 'dev', role: undefined })).toThrow();
    expect(() => parseTarget('/../prod/api', { cluster: 'dev', role: undefined })).toThrow();
  });

  test('the gateway is always sent the one form', () => {
    expect(gatewayTarget('dev', 'viewer', '/api?x=1')).toBe('/clusters/dev/roles/viewer/api?x=1');
  });

  test('no trick reaches the gateway over the wire', async () => {
    await using test = await startTestProxy();
    for (const target of [
      '/clusters/dev/../prod/api',
      '/clusters/dev/%2e%2e/prod/api',
      '/clusters/dev/roles/viewer/../admin/api',
      'https://127.0.0.1/clusters/dev/api',
      '//clusters/dev/api',
    ]) {
      const answer = await test.exchange(test.head(target, ['Connection: close']));
      expect(answer, target).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"kind":"Status"');
    }
    const connect = await test.exchange(test.head('prod.example:443', [], 'CONNECT'));
    expect(connect).toMatch(/^HTTP\/1\.1 400 /);
    expect(test.seen).toHaveLength(0);
  });
});
