import { type RequestRecord, recordHeader, requestRecord, timingHeader } from '../contract/headers.ts';
import type { AuditEvent } from '../contract/sessions.ts';
import { type Exchange, headerValue } from '../tunnel/index.ts';
import type { ProxyPath } from './paths.ts';
import type { RequestOwner } from './types.ts';

/** Longest values that are kept of what a client says about itself. */
const limits = { query: 4096, userAgent: 256, kubectl: 256, path: 1024, timing: 1000, durationMs: 1e9 };
const durationMark = ';dur=';
const hopName = /^[a-z][a-z0-9-]{0,31}$/;

const nobody: RequestOwner = { user: '', groups: [], device: { id: '', name: '' } };

/** Reads and checks the gateway's record of a request; undefined where there is none or it is not one. */
export function readRecord(headers: readonly string[]): RequestRecord | undefined {
  const header = headerValue(headers, recordHeader);
  if (header === undefined) return undefined;
  try {
    return requestRecord.safeParse(JSON.parse(header)).data;
  } catch {
    return undefined;
  }
}

/** What the proxy itself knows of a request that the gateway did not record. */
export function ownRecord(
  path: ProxyPath,
  method: string,
  outcome: Pick<RequestRecord, 'decision' | 'reason'>,
): RequestRecord {
  return {
    ...outcome,
    sessionId: null,
    cluster: path.cluster,
    role: path.role ?? null,
    grant: null,
    rule: null,
    verb: method.toLowerCase(),
    apiGroup: '',
    apiVersion: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    path: path.kubernetesTarget.split('?', 1)[0]?.slice(0, limits.path) ?? '',
  };
}

/** The line that the session log starts with. */
export function auditEventOf(
  { request, remoteAddress }: Exchange,
  target: string,
  record: RequestRecord,
  owner: RequestOwner = nobody,
  start: { auditId: string; startedAt: Date },
): AuditEvent {
  const question = target.indexOf('?');
  const said = (name: string) => headerValue(request.headers, name);
  // Field by field, so that every line has one and the same shape, whatever its record left out.
  return {
    sessionId: record.sessionId,
    cluster: record.cluster,
    role: record.role,
    grant: record.grant,
    elevatedFrom: record.elevatedFrom,
    rule: record.rule,
    decision: record.decision,
    reason: record.reason,
    verb: record.verb,
    apiGroup: record.apiGroup,
    apiVersion: record.apiVersion,
    resource: record.resource,
    subresource: record.subresource,
    namespace: record.namespace,
    name: record.name,
    path: record.path,
    user: owner.user,
    groups: owner.groups,
    device: owner.device,
    auditId: start.auditId,
    startedAt: start.startedAt.toISOString(),
    completedAt: null,
    sourceAddress: remoteAddress,
    method: request.method,
    query: question < 0 ? '' : target.slice(question + 1, question + 1 + limits.query),
    userAgent: (said('user-agent') ?? '').slice(0, limits.userAgent),
    kubectlCommand: said('kubectl-command')?.slice(0, limits.kubectl) ?? null,
    kubectlSession: said('kubectl-session')?.slice(0, limits.kubectl) ?? null,
    status: null,
    bytesIn: 0,
    bytesOut: 0,
    durationMs: null,
    hopsMs: {},
  } satisfies Record<keyof AuditEvent, unknown>;
}

/**
 * Milliseconds by hop until the response began. Each hop states its own time; what is left of ours is the proxy's and the
 * way through the tunnel.
 *
 * @see W3C Server Timing, for the header's syntax
 */
export function hopsOf(headers: readonly string[], untilResponseMs: number): Record<string, number> {
  const hops: Record<string, number> = {};
  let stated = 0;
  const header = headerValue(headers, timingHeader) ?? '';
  for (const entry of header.slice(0, limits.timing).split(', ')) {
    const mark = entry.indexOf(durationMark);
    const name = entry.slice(0, Math.max(0, mark));
    const durationMs = Number(entry.slice(mark + durationMark.length) || Number.NaN);
    if (!hopName.test(name) || name === 'proxy' || !(durationMs >= 0 && durationMs < limits.durationMs)) continue;
    hops[name] = durationMs;
    stated += durationMs;
  }
  hops.proxy = Math.round(Math.max(0, untilResponseMs - stated) * 100) / 100;
  return hops;
}
