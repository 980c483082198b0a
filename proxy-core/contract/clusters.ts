import * as z from 'zod';
import { labels, recordMode, resourceName } from './policy.ts';

/** A role that the signed-in user holds on a cluster, through one grant. */
export const heldRole = z.object({
  role: resourceName,
  grant: resourceName,
  /** The role used where a context names none: the first by the order of design section 7 (read-only before stronger, then by name). */
  isDefault: z.boolean(),
  namespaces: z.array(z.string()).optional(),
  defaultNamespace: z.string().optional(),
  requireReason: z.boolean(),
  record: recordMode,
  idleTimeoutMs: z.int().positive().nullable(),
  maxDurationMs: z.int().positive().nullable(),
});
export type HeldRole = z.infer<typeof heldRole>;

/** A cluster as its users see it: what it is, whether its agent is connected, and which roles they hold. */
export const cluster = z.object({
  name: resourceName,
  displayName: z.string(),
  labels,
  status: z.enum(['online', 'offline']),
  statusSince: z.iso.datetime(),
  /** Round trip controller → agent → API server, measured by the controller; null while offline or not yet measured. */
  latencyMs: z.number().nonnegative().nullable(),
  kubernetesVersion: z.string().nullable(),
  /** True for the emulated cluster, so that nobody takes it for Kubernetes. */
  emulated: z.boolean(),
  /** True where the agent skips verification of the API server's certificate. */
  insecureSkipTlsVerify: z.boolean(),
  roles: z.array(heldRole),
});
export type Cluster = z.infer<typeof cluster>;
