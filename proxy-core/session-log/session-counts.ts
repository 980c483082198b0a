import type { AuditEvent, Session } from '../contract/sessions.ts';

/** What this device counted itself, apart from the controller's own count in its pushes. */
export type LocalCounts = Pick<Session, 'requestCount' | 'deniedCount' | 'bytesIn' | 'bytesOut' | 'lastActiveAt'>;

/** A session as shown, and what this device counted of it. */
export interface CountedSession {
  session: Session;
  local: LocalCounts;
}

/** A session whose push has not come yet, as far as its first request tells. */
export function sessionFrom(request: AuditEvent, id: string): Session {
  return {
    id,
    user: request.user,
    device: request.device,
    sourceAddress: request.sourceAddress,
    cluster: request.cluster,
    role: request.role ?? '',
    grant: request.grant ?? '',
    reason: null,
    startedAt: request.startedAt,
    lastActiveAt: request.startedAt,
    endedAt: null,
    endReason: null,
    expiresAt: null,
    requestCount: 0,
    deniedCount: 0,
    bytesIn: 0,
    bytesOut: 0,
  };
}

export function noCounts(session: Session): LocalCounts {
  return { requestCount: 0, deniedCount: 0, bytesIn: 0, bytesOut: 0, lastActiveAt: session.startedAt };
}

/** Counts never fall: the controller may be behind this device, and this device knows nothing of the user's others. */
export function withCounts(session: Session, counts: LocalCounts): Session {
  return {
    ...session,
    requestCount: Math.max(session.requestCount, counts.requestCount),
    deniedCount: Math.max(session.deniedCount, counts.deniedCount),
    bytesIn: Math.max(session.bytesIn, counts.bytesIn),
    bytesOut: Math.max(session.bytesOut, counts.bytesOut),
    lastActiveAt: later(session.lastActiveAt, counts.lastActiveAt),
  };
}

export function countStart(counts: LocalCounts, request: AuditEvent): LocalCounts {
  return {
    ...counts,
    requestCount: counts.requestCount + 1,
    deniedCount: counts.deniedCount + (request.decision === 'denied' ? 1 : 0),
    lastActiveAt: later(counts.lastActiveAt, request.startedAt),
  };
}

export function countEnd(counts: LocalCounts, request: AuditEvent): LocalCounts {
  return {
    ...counts,
    bytesIn: counts.bytesIn + request.bytesIn,
    bytesOut: counts.bytesOut + request.bytesOut,
    lastActiveAt: later(counts.lastActiveAt, request.completedAt ?? request.startedAt),
  };
}

/** Times in one and the same ISO form compare as text. */
function later(one: string, other: string): string {
  if (one > other) return one;
  return other;
}
