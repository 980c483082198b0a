import type { KubeObject } from '../objects.ts';
import type { Printer } from '../printers/column.ts';
import { defaultPrinter } from '../printers/core.ts';
import type { FieldError } from '../status.ts';
import type { ObjectStore, ResourceKey } from '../store.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export const everyVerb: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** An object being written, as JSON that nobody else holds. */
export type Draft = Record<string, unknown> & { metadata: Record<string, unknown> };

export interface WriteContext {
  store: Pick<ObjectStore, 'list' | 'get'>;
  random: () => number;
  /** What the write replaces; undefined for a create. */
  previous: KubeObject | undefined;
}

/** Everything the generic API handlers need to know about one resource. */
export interface ResourceDefinition {
  group: string;
  version: string;
  /** Plural, as in paths. */
  resource: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  verbs: readonly Verb[];
  /** Which collection of the store holds it; two API versions of one thing share one. */
  storage: ResourceKey;
  printer: Printer;
  subresources: readonly ('status' | 'scale')[];
  /** Readers of the fields that a fieldSelector may name besides `metadata.name` and `metadata.namespace`. */
  fields: Readonly<Record<string, (object: unknown) => string>>;
  /** How names must look: a DNS label where they become one, a subdomain mostly, a path segment for RBAC. */
  nameForm: 'subdomain' | 'label' | 'path-segment';
  /** Sets defaults and whatever a client may not decide; edits the draft in place. */
  prepare(draft: Draft, context: WriteContext): void;
  validate(draft: Draft, previous: KubeObject | undefined): FieldError[];
  /** Between this API version and what is stored, where they differ. */
  codec?: { toStored(draft: Draft): Draft; fromStored(object: KubeObject): KubeObject };
}

type Optional =
  | 'shortNames'
  | 'categories'
  | 'verbs'
  | 'storage'
  | 'printer'
  | 'subresources'
  | 'fields'
  | 'nameForm'
  | 'prepare'
  | 'validate';

export function define(
  definition: Omit<ResourceDefinition, Optional> & Partial<Pick<ResourceDefinition, Optional>>,
): ResourceDefinition {
  const { group, resource } = definition;
  return {
    shortNames: [],
    categories: [],
    verbs: everyVerb,
    storage: group === '' ? resource : `${resource}.${group}`,
    printer: defaultPrinter,
    subresources: [],
    fields: {},
    nameForm: 'subdomain',
    prepare: () => {},
    validate: () => [],
    ...definition,
  };
}

export function apiVersionOf({ group, version }: Pick<ResourceDefinition, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
