import { expect, test } from 'vitest';
import { requestAttributes } from './attributes.ts';

// Each of these is one path to one reader and another path to the next. None may be decided, so none may pass.
test.each([
  ['encoded slash', '/api/v1/namespaces/a%2Fpods/b'],
  ['encoded slash, lower case', '/api/v1/namespaces/a/pods/x%2fexec'],
  ['double encoding', '/api/v1/namespaces/a/pods/x%252fexec'],
  ['encoded percent', '/api/v1/namespaces/a%25/pods'],
  ['dot segment', '/api/v1/namespaces/a/pods/../secrets'],
  ['leading dot segment', '/../api/v1/secrets'],
  ['single dot', '/api/v1/./secrets'],
  ['encoded dot segment', '/api/v1/namespaces/a/pods/%2e%2e/secrets'],
  ['half-encoded dot segment', '/api/v1/namespaces/a/pods/.%2E/secrets'],
  ['dot segment at the end', '/api/v1/namespaces/a/..'],
  ['dot segment behind discovery', '/apis/apps/../../api/v1/secrets'],
  ['empty segment', '/api/v1//secrets'],
  ['empty segment in front', '//api/v1/secrets'],
  ['empty namespace', '/api/v1/namespaces//secrets'],
  ['two trailing slashes', '/api/v1/secrets//'],
  ['backslash', '/api/v1\\secrets'],
  ['encoded backslash', '/api/v1/%5c..%5csecrets'],
  ['null byte', '/api/v1/secrets%00'],
  ['encoded line break', '/api/v1/pods%0d%0aHost:%20x'],
  ['raw line break', '/api/v1/pods\r\nX: y'],
  ['space', '/api/v1/pods HTTP/1.1'],
  ['raw non-ASCII', '/api/v1/pods/é'],
  ['overlong UTF-8 slash', '/api/v1/pods/x%c0%afexec'],
  ['broken encoding', '/api/v1/pods/%zz'],
  ['truncated encoding', '/api/v1/pods/%2'],
  ['fragment', '/api/v1/pods#/../secrets'],
  ['absolute form', 'http://kubernetes/api/v1/secrets'],
  ['authority form', 'kubernetes:443'],
  ['asterisk form', '*'],
  ['no target', ''],
  ['dot segment in a proxied path', '/api/v1/namespaces/a/services/b/proxy/../../../../secrets'],
  ['encoded dot segment in a proxied path', '/api/v1/namespaces/a/services/b/proxy/%2e%2e/%2e%2e'],
  ['dot segment behind an encoded slash in a proxied path', '/api/v1/nodes/n/proxy/x%2f..%2f..'],
  ['empty name before proxy', '/api/v1/namespaces/a/pods//proxy/x'],
  ['a very long target', `/api/v1/pods/${'a'.repeat(70_000)}`],
  ['watch told twice', '/api/v1/pods?watch=0&watch=1'],
  ['watch told twice, once encoded', '/api/v1/pods?watch=0&%77atch=1'],
  ['two field selectors', '/api/v1/secrets?fieldSelector=metadata.name=a&fieldSelector=metadata.name=b'],
])('%s is refused', (_, target) => {
  expect(() => requestAttributes('GET', target)).toThrow(
    expect.objectContaining({ name: 'GatewayError', code: 'POSTERN_REQUEST_AMBIGUOUS' }),
  );
});

test('a path that only looks proxied gets no loose reading', () => {
  for (const target of ['/api/v1/namespaces/a/secrets/b/proxy//x', '/apis/g/v1/namespaces/a/pods/b/proxy/x%2fy']) {
    expect(() => requestAttributes('GET', target)).toThrow(
      expect.objectContaining({ code: 'POSTERN_REQUEST_AMBIGUOUS' }),
    );
  }
});

test('letter case of the prefix is kept, so it names no resource', () => {
  expect(requestAttributes('GET', '/API/v1/secrets')).toEqual({
    kind: 'non-resource',
    verb: 'get',
    path: '/API/v1/secrets',
  });
});
