import { expect, test } from 'vitest';
import { headersFor } from './forward.ts';

const sent = (received: string[]) => headersFor(received, 'api.cluster:6443', 'account-token');

// Whatever of this reached the API server could make the request somebody else's.
test.each([
  [['Authorization', 'Bearer admin']],
  [['authorization', 'Basic YWRtaW46YWRtaW4=', 'AUTHORIZATION', 'Bearer b']],
  [['Impersonate-User', 'admin', 'impersonate-group', 'system:masters', 'IMPERSONATE-UID', '1']],
  [['Impersonate-Extra-scopes', 'all']],
  [['X-Remote-User', 'admin', 'x-remote-group', 'system:masters', 'X-Remote-Extra-a', 'b']],
  [['postern-session', 'someone-else', 'Postern-Record', '{}']],
  [['Connection', 'Authorization, Impersonate-User', 'Impersonate-User', 'admin']],
  [['Host', 'elsewhere', 'host', 'elsewhere']],
])('%j is not sent on', (received) => {
  expect(sent(received)).toEqual(['Host', 'api.cluster:6443', 'Authorization', 'Bearer account-token']);
});

test('a Connection header cannot name away the session’s own token', () => {
  expect(sent(['Connection', 'close, Authorization', 'Accept', 'application/json'])).toEqual([
    'Host',
    'api.cluster:6443',
    'Accept',
    'application/json',
    'Authorization',
    'Bearer account-token',
  ]);
});

test('what is the user’s own is sent as it came', () => {
  const own = ['User-Agent', 'kubectl', 'Audit-ID', 'a', 'Kubectl-Session', 's', 'Accept', 'x', 'accept', 'y'];
  expect(sent(own).slice(2, -2)).toEqual(own);
});
