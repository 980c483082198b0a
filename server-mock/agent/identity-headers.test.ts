import { expect, test } from 'vitest';
import { parseRequestHead } from '../../proxy-core/tunnel/http1/head.ts';
import { headersFor } from './forward.ts';

/** What a request with these headers is sent on with. */
function sent(...lines: string[]): string[] {
  const { headers } = parseRequestHead(['GET / HTTP/1.1', ...lines].join('\r\n'));
  return headersFor(headers, 'api.cluster:6443', 'account-token');
}

// Whatever of this reached the API server could make the request somebody else's.
test.each([
  [['Authorization: Bearer admin']],
  [['authorization: Basic YWRtaW46YWRtaW4=', 'AUTHORIZATION: Bearer b']],
  [['Impersonate-User: admin', 'impersonate-group: system:masters', 'IMPERSONATE-UID: 1']],
  [['Impersonate-Extra-scopes: all']],
  [['X-Remote-User: admin', 'x-remote-group: system:masters', 'X-Remote-Extra-a: b']],
  [['postern-session: someone-else', 'Postern-Record: {}']],
  [['Connection: Authorization, Impersonate-User', 'Impersonate-User: admin']],
  [['Host: elsewhere', 'host: elsewhere']],
])('%j is not sent on', (received) => {
  expect(sent(...received)).toEqual(['host', 'api.cluster:6443', 'authorization', 'Bearer account-token']);
});

test('a Connection header cannot name away the session’s own token', () => {
  expect(sent('Connection: close, Authorization', 'Accept: application/json')).toEqual([
    'host',
    'api.cluster:6443',
    'accept',
    'application/json',
    'authorization',
    'Bearer account-token',
  ]);
});

test('what is the user’s own is sent as it came', () => {
  const own = ['user-agent', 'kubectl', 'audit-id', 'a', 'kubectl-session', 's', 'accept', 'x', 'accept', 'y'];
  const lines = own.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${own[index + 1]}`] : []));
  expect(sent(...lines).slice(2, -2)).toEqual(own);
});
