import type { AuditEvent, Session } from '../contract/sessions.ts';
import type { RequestEnd } from './types.ts';

export const uuid = (n: number) => `01a20000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const time = (seconds: number) => new Date(Date.UTC(2026, 2, 1) + seconds * 1000);

export function request(n: number, changes: Partial<AuditEvent> = {}): AuditEvent {
  return {
    auditId: uuid(100_000 + n),
    sessionId: uuid(1),
    startedAt: time(n).toISOString(),
    completedAt: null,
    user: 'alice@acme.example',
    groups: ['developers'],
    device: { id: 'd1', name: 'laptop' },
    sourceAddress: '127.0.0.1',
    cluster: 'dev',
    role: 'viewer',
    grant: 'developers',
    rule: 'pods: get',
    decision: 'allowed',
    reason: null,
    method: 'GET',
    verb: 'get',
    apiGroup: '',
    apiVersion: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'default',
    name: `web-${n}`,
    path: '',
    query: '',
    userAgent: 'kubectl/v1.33.0 (linux/amd64) kubernetes/0000000',
    kubectlCommand: null,
    kubectlSession: null,
    status: null,
    bytesIn: 0,
    bytesOut: 0,
    durationMs: null,
    hopsMs: {},
    ...changes,
  };
}

export function end(n: number, changes: Partial<RequestEnd> = {}): RequestEnd {
  return {
    completedAt: time(n),
    status: 200,
    bytesIn: 10,
    bytesOut: 100,
    durationMs: 5,
    hopsMs: { proxy: 1 },
    ...changes,
  };
}

export function session(n: number, changes: Partial<Session> = {}): Session {
  return {
    id: uuid(n),
    user: 'alice@acme.example',
    device: { id: 'd1', name: 'laptop' },
    sourceAddress: '10.0.0.1',
    cluster: 'dev',
    role: 'viewer',
    grant: 'developers',
    reason: null,
    startedAt: time(n).toISOString(),
    lastActiveAt: time(n).toISOString(),
    endedAt: null,
    endReason: null,
    expiresAt: null,
    requestCount: 0,
    deniedCount: 0,
    bytesIn: 0,
    bytesOut: 0,
    ...changes,
  };
}
