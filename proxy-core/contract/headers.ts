import type * as z from 'zod';
import { auditEvent } from './sessions.ts';

/** Headers that Postern's own hops speak. Every one is removed on the way in from a tool and before the tool sees the answer. */
export const sessionHeader = 'postern-session';
export const agentErrorHeader = 'postern-agent-error';
/** Kubernetes' own; a UUIDv7 made by the local proxy. */
export const auditIdHeader = 'audit-id';
/** `Server-Timing` syntax, one entry added by each hop: `agent;dur=3.1, gateway;dur=1.2`. */
export const timingHeader = 'postern-timing';
/** The controller's record of the request, JSON with every non-ASCII character escaped; the local log keeps it. */
export const recordHeader = 'postern-record';

export const headerPrefix = 'postern-';

/** What {@link recordHeader} carries. */
export const requestRecord = auditEvent.pick({
  sessionId: true,
  cluster: true,
  role: true,
  grant: true,
  elevatedFrom: true,
  rule: true,
  decision: true,
  reason: true,
  verb: true,
  apiGroup: true,
  apiVersion: true,
  resource: true,
  subresource: true,
  namespace: true,
  name: true,
  path: true,
});
export type RequestRecord = z.infer<typeof requestRecord>;
