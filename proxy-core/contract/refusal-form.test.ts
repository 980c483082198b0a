import { expect, test } from 'vitest';
import { refusalForm, warningHeader } from './refusal-form.ts';

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
const offline = { code: 503, message: 'cluster "dev" is offline' };
const forbidden = { code: 403, message: 'no grant' };

test.each([
  '/clusters/dev/api?timeout=32s',
  '/clusters/dev/roles/viewer/apis',
  '/clusters/dev/apis/apps/v1',
  '/clusters/dev/api/v1',
  '/clusters/dev/openapi/v3/apis/apps/v1',
  '/version',
])('discovery at %s gets the sentence as a warning', (target) => {
  expect(refusalForm(offline, { target, accept: aggregated })).toEqual({
    asText: false,
    warning: '299 - "cluster \\"dev\\" is offline"',
  });
});

test.each(['/clusters/dev/api/v1/pods', '/clusters/dev/apis/apps/v1/deployments', '/healthz', '*'])(
  'a request for %s, whose Status is shown, gets no warning',
  (target) => {
    expect(refusalForm(offline, { target, accept: undefined })).toEqual({ asText: false, warning: undefined });
  },
);

test('a 403 is said once: as text where that is shown, else as a warning', () => {
  const target = '/clusters/dev/api';
  expect(refusalForm(forbidden, { target, accept: aggregated })).toEqual({ asText: true, warning: undefined });
  expect(refusalForm(forbidden, { target, accept: 'application/json' })).toEqual({
    asText: false,
    warning: '299 - "no grant"',
  });
});

test('a warning is ASCII, quoted and bounded whatever stands in the sentence', () => {
  expect(warningHeader('it’s “x\\y”…\r\nEvil: 1 ☃')).toBe('299 - "it\'s \\"x\\\\y\\"...?Evil: 1 ?"');
  expect(warningHeader('"'.repeat(5000)).length).toBeLessThan(2100);
});
