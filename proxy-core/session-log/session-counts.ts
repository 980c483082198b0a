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
  const counted = { ...session };
  raiseCounts(counted, counts);
  return counted;
}

/** As {@link withCounts}, in place. */
export function raiseCounts(session: Session, counts: LocalCounts): void {
  session.requestCount = Math.max(session.requestCount, counts.requestCount);
  session.deniedCount = Math.max(session.deniedCount, counts.deniedCount);
  session.bytesIn = Math.max(session.bytesIn, counts.bytesIn);
  session.bytesOut = Math.max(session.bytesOut, counts.bytesOut);
  session.lastActiveAt = later(session.lastActiveAt, counts.lastActiveAt);
}

export function countStart(counts: LocalCounts, request: AuditEvent): void {
  counts.requestCount += 1;
  if (request.decision === 'denied') counts.deniedCount += 1;
  counts.lastActiveAt = later(counts.lastActiveAt, request.startedAt);
}

export function countEnd(counts: LocalCounts, request: AuditEvent): void {
  counts.bytesIn += request.bytesIn;
  counts.bytesOut += request.bytesOut;
  counts.lastActiveAt = later(counts.lastActiveAt, request.completedAt ?? request.startedAt);
}

/** Times in one and the same ISO form compare as text. */
function later(one: string, other: string): string {
  if (one > other) return one;
  return other;
}
