import * as z from 'zod';

export const sessionEndReason = z.enum([
  'disconnected',
  'idle',
  'expired',
  'revoked',
  'signed-out',
  'entitlement-removed',
  'agent-lost',
  'controller-stopped',
]);
export type SessionEndReason = z.infer<typeof sessionEndReason>;

/** One user, one cluster, one role, from first request to an end with a reason (design section 9). */
export const session = z.object({
  id: z.uuid(),
  user: z.string(),
  device: z.object({ id: z.string(), name: z.string() }),
  sourceAddress: z.string(),
  cluster: z.string(),
  role: z.string(),
  grant: z.string(),
  reason: z.string().nullable(),
  startedAt: z.iso.datetime(),
  lastActiveAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  endReason: sessionEndReason.nullable(),
  /** The moment at which the grant's `maxDuration` or the certificate ends it. */
  expiresAt: z.iso.datetime().nullable(),
  requestCount: z.int().nonnegative(),
  deniedCount: z.int().nonnegative(),
  bytesIn: z.int().nonnegative(),
  bytesOut: z.int().nonnegative(),
});
export type Session = z.infer<typeof session>;

export const decision = z.enum(['allowed', 'denied', 'failed']);

/**
 * The record of one request. Written when it starts (`completedAt` null) and completed when it ends, so that a running
 * exec or watch is visible. Holds no body, no token and no secret's content.
 */
export const auditEvent = z.object({
  /** UUIDv7; the same in the app's log, the controller's and the API server's own. */
  auditId: z.uuid(),
  sessionId: z.uuid().nullable(),
  startedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
  user: z.string(),
  groups: z.array(z.string()),
  device: z.object({ id: z.string(), name: z.string() }),
  sourceAddress: z.string(),
  cluster: z.string(),
  role: z.string().nullable(),
  grant: z.string().nullable(),
  /** The role that `--as=<role>` left for this one request; absent or null where it asked for none. */
  elevatedFrom: z.string().nullable().optional(),
  /** The rule that allowed it, as one line: `pods: get,list,watch`. */
  rule: z.string().nullable(),
  decision,
  /** Why it was denied or failed, in a sentence; null where it was allowed and worked. */
  reason: z.string().nullable(),
  method: z.string(),
  verb: z.string(),
  apiGroup: z.string(),
  apiVersion: z.string(),
  resource: z.string(),
  subresource: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** The path of a non-resource request, else empty. */
  path: z.string(),
  query: z.string(),
  userAgent: z.string(),
  kubectlCommand: z.string().nullable(),
  kubectlSession: z.string().nullable(),
  status: z.int().nullable(),
  bytesIn: z.int().nonnegative(),
  bytesOut: z.int().nonnegative(),
  durationMs: z.number().nonnegative().nullable(),
  /** Milliseconds by hop, from the timing header: `{ proxy: 0.4, gateway: 1.2, agent: 3.1 }`. */
  hopsMs: z.record(z.string(), z.number()),
});
export type AuditEvent = z.infer<typeof auditEvent>;

/** The requests of one tool invocation, folded. */
export const command = z.object({
  id: z.string(),
  sessionId: z.uuid(),
  /** `stated` where kubectl's headers or the terminal said so, `inferred` where folded by user agent and time. */
  label: z.enum(['stated', 'inferred']),
  /** What to show: the exact command line where the terminal knows it, else `kubectl get`, else the user agent's name. */
  title: z.string(),
  /** The exact command line, only from the app's own terminal. */
  commandLine: z.string().nullable(),
  tool: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  outcome: z.enum(['running', 'succeeded', 'denied', 'failed']),
  requestCount: z.int().nonnegative(),
});
export type Command = z.infer<typeof command>;
