import * as z from 'zod';
import { duration } from './duration.ts';

/** The policy documents of design section 7: Cluster, Role and Grant. Unknown fields are errors, so that a typo never widens access. */
export const policyApiVersion = 'postern.dev/v1';

/** The longest text that is applied at once. */
export const policyTextLimit = 4 * 1024 * 1024;

/** Kubernetes' own rule for object names (RFC 1123 label). */
export const resourceName = z
  .string()
  .max(63, 'must be at most 63 characters')
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    'must be lower-case letters, digits and "-", starting and ending with a letter or digit',
  );

const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
    'must be a Kubernetes label key',
  );
const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, 'must be a Kubernetes label value');
export const labels = z.record(labelKey, labelValue);

const metadata = z.strictObject({ name: resourceName, labels: labels.optional() });

/** One rule of Kubernetes RBAC, field for field `rbac.authorization.k8s.io/v1 PolicyRule`. */
export const policyRule = z
  .strictObject({
    apiGroups: z.array(z.string()).optional(),
    resources: z.array(z.string().min(1)).optional(),
    resourceNames: z.array(z.string().min(1)).optional(),
    nonResourceURLs: z.array(z.string().startsWith('/').or(z.literal('*'))).optional(),
    verbs: z.array(z.string().min(1)).min(1),
  })
  .refine((rule) => (rule.resources?.length ?? 0) > 0 || (rule.nonResourceURLs?.length ?? 0) > 0, {
    message: 'must name resources (with apiGroups) or nonResourceURLs',
  });
export type PolicyRule = z.infer<typeof policyRule>;

export const clusterDocument = z.strictObject({
  apiVersion: z.literal(policyApiVersion),
  kind: z.literal('Cluster'),
  metadata,
  spec: z.strictObject({ displayName: z.string().min(1).max(120).optional() }).optional(),
});
export type ClusterDocument = z.infer<typeof clusterDocument>;

/**
 * What a session may do in a cluster: exactly one of an existing ClusterRole, own rules, or an existing service account
 * ("bring your own account"). With `namespaces` the role is bound per namespace, never cluster-wide.
 */
export const roleSpec = z
  .strictObject({
    clusterRole: z.string().min(1).optional(),
    rules: z.array(policyRule).min(1).optional(),
    serviceAccount: z.strictObject({ namespace: resourceName, name: z.string().min(1) }).optional(),
    namespaces: z.array(resourceName).min(1).optional(),
  })
  .refine(
    (spec) => [spec.clusterRole, spec.rules, spec.serviceAccount].filter((part) => part !== undefined).length === 1,
    {
      message: 'must have exactly one of clusterRole, rules and serviceAccount',
    },
  );
export type RoleSpec = z.infer<typeof roleSpec>;

export const roleDocument = z.strictObject({
  apiVersion: z.literal(policyApiVersion),
  kind: z.literal('Role'),
  metadata,
  spec: roleSpec,
});
export type RoleDocument = z.infer<typeof roleDocument>;

export const clusterSelector = z
  .strictObject({
    names: z.array(resourceName).min(1).optional(),
    matchLabels: labels.optional(),
    matchExpressions: z
      .array(
        z.strictObject({
          key: labelKey,
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
          values: z.array(labelValue).optional(),
        }),
      )
      .min(1)
      .optional(),
  })
  .refine((selector) => Object.values(selector).some((part) => part !== undefined), {
    message: 'must have names, matchLabels or matchExpressions; matchLabels: {} selects every cluster',
  });
export type ClusterSelector = z.infer<typeof clusterSelector>;

export const recordMode = z.enum(['required', 'best-effort', 'off']);

export const grantConditions = z.strictObject({
  idleTimeout: duration.optional(),
  maxDuration: duration.optional(),
  requireReason: z.boolean().optional(),
  record: recordMode.optional(),
});
export type GrantConditions = z.infer<typeof grantConditions>;

export const grantDocument = z.strictObject({
  apiVersion: z.literal(policyApiVersion),
  kind: z.literal('Grant'),
  metadata,
  spec: z.strictObject({
    subjects: z
      .strictObject({ groups: z.array(z.string().min(1)).optional(), users: z.array(z.string().min(1)).optional() })
      .refine((subjects) => (subjects.groups?.length ?? 0) + (subjects.users?.length ?? 0) > 0, {
        message: 'must name at least one group or user',
      }),
    role: resourceName,
    clusters: clusterSelector,
    /** The namespace that the written context starts in. */
    defaultNamespace: resourceName.optional(),
    conditions: grantConditions.optional(),
  }),
});
export type GrantDocument = z.infer<typeof grantDocument>;

export const policyDocument = z.discriminatedUnion('kind', [clusterDocument, roleDocument, grantDocument]);
export type PolicyDocument = z.infer<typeof policyDocument>;
export const policyKind = z.enum(['Cluster', 'Role', 'Grant']);
export type PolicyKind = z.infer<typeof policyKind>;

/** A document as stored: which version it is, and who made it so. */
export const storedDocument = z.object({
  document: policyDocument,
  version: z.int().positive(),
  updatedAt: z.iso.datetime(),
  updatedBy: z.string(),
});
export type StoredDocument = z.infer<typeof storedDocument>;
