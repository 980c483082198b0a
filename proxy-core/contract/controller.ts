import { eventIterator, oc } from '@orpc/contract';
import * as z from 'zod';
import { cluster } from './clusters.ts';
import { labels, policyKind, policyTextLimit, resourceName, storedDocument } from './policy.ts';
import { auditEvent, session } from './sessions.ts';

/**
 * The controller's API. Served as plain HTTP + JSON under `/api/v1` (OpenAPI document at `/api/v1/openapi.json`), both
 * on its TLS listener (the public procedures: discovery, sign-in, join) and inside the app's tunnel (target `api`),
 * where the device certificate says who calls.
 */

/** `GET /.well-known/postern`: all that an app or an agent needs to know before it trusts anything. */
export const discovery = z.object({
  product: z.literal('postern'),
  version: z.string(),
  organisation: resourceName,
  /** `host:port` of every replica's tunnel listener. */
  replicas: z.array(z.string()).min(1),
  /** The controller's own CA, PEM. Clients compare it with the pin in the controller URL. */
  certificateAuthority: z.string(),
  oidc: z.object({ issuer: z.url(), clientId: z.string(), scopes: z.array(z.string()) }),
});
export type Discovery = z.infer<typeof discovery>;

export const user = z.object({
  name: z.string(),
  displayName: z.string(),
  groups: z.array(z.string()),
  isAdministrator: z.boolean(),
});
export type User = z.infer<typeof user>;

/** The pushes to one signed-in device: first everything as it is, then what changes. */
export const liveEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('snapshot'),
    user,
    clusters: z.array(cluster),
    sessions: z.array(session),
    replicas: z.array(z.string()),
  }),
  z.object({ kind: z.literal('clusters'), clusters: z.array(cluster) }),
  z.object({ kind: z.literal('session'), session }),
  z.object({ kind: z.literal('replicas'), replicas: z.array(z.string()) }),
  /** The device or its user is revoked: nothing more will be answered. */
  z.object({ kind: z.literal('revoked'), message: z.string() }),
]);
export type LiveEvent = z.infer<typeof liveEvent>;

export const revocation = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('user'), name: z.string().min(1) }),
  z.object({ kind: z.literal('device'), name: z.string().min(1) }),
  z.object({ kind: z.literal('session'), name: z.uuid() }),
  z.object({ kind: z.literal('grant'), name: resourceName }),
]);
export type Revocation = z.infer<typeof revocation>;

export const storedRevocation = z.object({ revocation, createdAt: z.iso.datetime(), createdBy: z.string() });

const page = { cursor: z.string().optional(), limit: z.int().min(1).max(500).default(100) };

/** The administrators' half, offered by the controller and, unchanged, by the app to `postern admin`. */
export const adminContract = {
  apply: oc
    .route({
      method: 'POST',
      path: '/admin/policy',
      summary: 'Create or update Cluster, Role and Grant documents; all or none',
    })
    .input(z.object({ yaml: z.string().max(policyTextLimit), dryRun: z.boolean().default(false) }))
    .output(
      z.object({
        results: z.array(
          z.object({
            kind: policyKind,
            name: z.string(),
            change: z.enum(['created', 'updated', 'unchanged']),
            version: z.int(),
          }),
        ),
      }),
    ),
  get: oc
    .route({ method: 'GET', path: '/admin/policy', summary: 'Read policy documents' })
    .input(z.object({ kind: policyKind.optional(), name: z.string().optional() }))
    .output(z.object({ documents: z.array(storedDocument) })),
  delete: oc
    .route({ method: 'DELETE', path: '/admin/policy/{kind}/{name}', summary: 'Delete a policy document' })
    .input(z.object({ kind: policyKind, name: z.string() }))
    .output(z.object({ deleted: z.literal(true) })),
  clusters: {
    list: oc
      .route({ method: 'GET', path: '/admin/clusters', summary: 'Every registered cluster, with its agents' })
      .output(
        z.object({
          clusters: z.array(
            cluster.omit({ roles: true }).extend({
              agents: z.array(z.object({ id: z.string(), connectedAt: z.iso.datetime(), sourceAddress: z.string() })),
            }),
          ),
        }),
      ),
    import: oc
      .route({
        method: 'POST',
        path: '/admin/clusters/import',
        summary: 'Register a cluster and make the bootstrap YAML of its agent, with a single-use join token',
      })
      .input(
        z.object({
          name: resourceName,
          displayName: z.string().min(1).max(120).optional(),
          labels: labels.optional(),
          image: z.string().min(1).optional(),
        }),
      )
      .output(
        z.object({
          name: resourceName,
          yaml: z.string(),
          joinToken: z.string(),
          joinTokenExpiresAt: z.iso.datetime(),
          controllerUrl: z.string(),
        }),
      ),
    remove: oc
      .route({ method: 'DELETE', path: '/admin/clusters/{name}', summary: 'Forget a cluster and refuse its agents' })
      .input(z.object({ name: resourceName }))
      .output(z.object({ removed: z.literal(true) })),
  },
  revoke: oc
    .route({
      method: 'POST',
      path: '/admin/revocations',
      summary: 'Revoke a user, device, session or grant; live streams end within a second',
    })
    .input(revocation)
    .output(
      z.object({
        endedSessions: z.int().nonnegative(),
        /** False for a user who has never signed in: blocked all the same, but perhaps misspelt. Older controllers do not say. */
        isKnown: z.boolean().default(true),
      }),
    ),
  restore: oc
    .route({
      method: 'POST',
      path: '/admin/revocations/restore',
      summary: 'Lift a revocation of a user, device or grant',
    })
    .input(revocation)
    .output(z.object({ restored: z.boolean() })),
  revocations: oc
    .route({ method: 'GET', path: '/admin/revocations', summary: 'What is revoked now' })
    .output(z.object({ revocations: z.array(storedRevocation) })),
  sessions: oc
    .route({ method: 'GET', path: '/admin/sessions', summary: 'Everybody’s sessions, newest first' })
    .input(
      z.object({
        user: z.string().optional(),
        cluster: z.string().optional(),
        active: z.boolean().optional(),
        ...page,
      }),
    )
    .output(z.object({ sessions: z.array(session), nextCursor: z.string().nullable() })),
  audit: oc
    .route({ method: 'GET', path: '/admin/audit', summary: 'Audit events, newest first' })
    .input(
      z.object({
        sessionId: z.uuid().optional(),
        user: z.string().optional(),
        cluster: z.string().optional(),
        decision: z.enum(['allowed', 'denied', 'failed']).optional(),
        ...page,
      }),
    )
    .output(z.object({ events: z.array(auditEvent), nextCursor: z.string().nullable() })),
};

export const controllerContract = oc.prefix('/api/v1').router({
  signIn: {
    /** First sign-in and renewal alike. The nonce of a first ID token is the SHA-256 of the request's public key. */
    exchange: oc
      .route({
        method: 'POST',
        path: '/device-certificates',
        summary: 'Exchange an ID token and a certificate request for a device certificate',
      })
      .input(
        z.object({
          idToken: z.string().max(64 * 1024),
          certificateRequest: z.string().max(16 * 1024),
          deviceName: z.string().min(1).max(120),
        }),
      )
      .output(z.object({ certificate: z.string(), expiresAt: z.iso.datetime(), deviceId: z.string(), user })),
  },
  agents: {
    join: oc
      .route({
        method: 'POST',
        path: '/agents/join',
        summary: 'Exchange a join token and a certificate request for an agent certificate',
      })
      .input(z.object({ joinToken: z.string().max(512), certificateRequest: z.string().max(16 * 1024) }))
      .output(
        z.object({
          certificate: z.string(),
          expiresAt: z.iso.datetime(),
          cluster: resourceName,
          replicas: z.array(z.string()).min(1),
        }),
      ),
    /** Only with the agent's present certificate. */
    renew: oc
      .route({ method: 'POST', path: '/agents/renew', summary: 'Renew an agent certificate' })
      .input(z.object({ certificateRequest: z.string().max(16 * 1024) }))
      .output(
        z.object({
          certificate: z.string(),
          expiresAt: z.iso.datetime(),
          cluster: resourceName,
          replicas: z.array(z.string()).min(1),
        }),
      ),
  },
  live: {
    watch: oc
      .route({ method: 'GET', path: '/live', summary: 'Entitlements and sessions of this device, pushed' })
      .output(eventIterator(liveEvent)),
  },
  sessions: {
    open: oc
      .route({
        method: 'POST',
        path: '/sessions',
        summary: 'Open a session before the first request, with a reason where the grant asks for one',
      })
      .input(
        z.object({
          cluster: resourceName,
          role: resourceName.optional(),
          reason: z.string().min(1).max(500).optional(),
        }),
      )
      .output(session),
    end: oc
      .route({ method: 'POST', path: '/sessions/{id}/end', summary: 'End one of this device’s sessions' })
      .input(z.object({ id: z.uuid() }))
      .output(session),
    list: oc
      .route({ method: 'GET', path: '/sessions', summary: 'The caller’s own sessions on every device, newest first' })
      .input(z.object({ active: z.boolean().optional(), ...page }))
      .output(z.object({ sessions: z.array(session), nextCursor: z.string().nullable() })),
    events: oc
      .route({
        method: 'GET',
        path: '/sessions/{id}/events',
        summary: 'The audit events of one of the caller’s own sessions, oldest first',
      })
      .input(z.object({ id: z.uuid(), ...page }))
      .output(z.object({ events: z.array(auditEvent), nextCursor: z.string().nullable() })),
  },
  /** Ends this device's sessions and refuses its certificate from now on. */
  signOut: oc
    .route({ method: 'POST', path: '/sign-out', summary: 'Sign this device out' })
    .output(z.object({ signedOut: z.literal(true) })),
  admin: adminContract,
});
export type ControllerContract = typeof controllerContract;
