import { expect, test } from 'vitest';
import { deepLinkArgument, maxDeepLinkLength, parseDeepLink } from './deep-link.ts';

test('an address names a cluster, and a role where it wants one', () => {
  expect(parseDeepLink('postern://connect/prod')).toEqual({ kind: 'connect', cluster: 'prod', role: null });
  expect(parseDeepLink('postern://connect/eu-1.prod/?role=viewer')).toEqual({
    kind: 'connect',
    cluster: 'eu-1.prod',
    role: 'viewer',
  });
});

test('the one address on a command line is found, whatever switches stand around it', () => {
  expect(deepLinkArgument(['postern', '--flag', 'Postern://connect/dev', '.'])).toBe('Postern://connect/dev');
  expect(deepLinkArgument(['postern', '--controller=https://c.example'])).toBeUndefined();
});

test.each([
  '',
  'connect/prod',
  'https://connect/prod',
  'postern:connect/prod',
  'postern://sign-out/prod',
  'postern://connect/',
  'postern://connect/a/b',
  'postern://connect/..%2f..%2fetc',
  'postern://connect/prod%00',
  'postern://connect/prod;rm -rf',
  'postern://connect/--flag',
  'postern://connect/PROD',
  'postern://user:pw@connect/prod',
  'postern://connect:1/prod',
  'postern://connect/prod#x',
  'postern://connect/prod?role=',
  'postern://connect/prod?role=a b',
  'postern://connect/prod?role=a&role=b',
  'postern://connect/prod?controller=https://attacker.example',
  `postern://connect/${'a'.repeat(maxDeepLinkLength)}`,
])('refuses %s', (raw) => {
  expect(parseDeepLink(raw)).toMatchObject({ kind: 'rejected' });
});
