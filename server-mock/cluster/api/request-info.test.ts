import { describe, expect, it } from 'vitest';
import { requestInfo } from './request-info.ts';

const read = (method: string, target: string) => {
  const { kind, verb, group, version, namespace, resource, subresource, name } = requestInfo(method, target);
  return [kind, verb, group, version, namespace, resource, subresource, name].join(' ');
};

describe('what a request asks for', () => {
  it.each([
    ['GET', '/api/v1/pods', 'resource list  v1  pods  '],
    ['GET', '/api/v1/pods?watch=true', 'resource watch  v1  pods  '],
    ['GET', '/api/v1/namespaces/shop/pods/web', 'resource get  v1 shop pods  web'],
    ['GET', '/api/v1/namespaces/shop', 'resource get  v1 shop namespaces  shop'],
    ['PUT', '/api/v1/namespaces/shop/status', 'resource update  v1 shop namespaces status shop'],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/shop/deployments/web/scale',
      'resource patch apps v1 shop deployments scale web',
    ],
    ['POST', '/api/v1/namespaces/shop/pods/web/exec?command=sh', 'resource create  v1 shop pods exec web'],
    ['GET', '/api/v1/namespaces/shop/pods/web/exec', 'resource get  v1 shop pods exec web'],
    ['DELETE', '/api/v1/namespaces/shop/pods', 'resource deletecollection  v1 shop pods  '],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dweb', 'resource list  v1  pods  web'],
    ['GET', '/apis/apps/v1', 'non-resource get     '],
    ['GET', '/healthz', 'non-resource get     '],
  ])('%s %s', (method, target, expected) => {
    expect(read(method, target).trim()).toBe(expected.trim());
  });

  it.each([
    '/api/v1/namespaces/../secrets',
    '/api/v1//pods',
    '/api/v1/namespaces/a%2Fb/pods',
    '/api/v1/pods/%zz',
    '/api/v1/%2e%2e/x',
  ])('refuses %s, which could be read in two ways', (target) => {
    expect(() => requestInfo('GET', target)).toThrow(/request path/);
  });
});
