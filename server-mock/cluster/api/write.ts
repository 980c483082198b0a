import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { refuseEscalation } from '../authorization/escalation.ts';
import { forbiddenBecause } from '../authorization/forbidden.ts';
import type { RbacAuthorizer } from '../authorization/rbac-authorizer.ts';
import { type Clock, kubernetesTime } from '../clock.ts';
import { isRecord, listAt, textAt } from '../json.ts';
import type { KubeObject, NewObject } from '../objects.ts';
import { apiVersionOf, type Draft, type ResourceDefinition } from '../resources/definition.ts';
import { validateMetadata, validateName } from '../resources/validation.ts';
import { alreadyExists, badRequest, conflict, invalid, notFound, objectModified } from '../status.ts';
import { type ObjectStore, StoreError } from '../store.ts';
import type { WriteOptions } from './context.ts';
import { generateName } from './generated-names.ts';

/** Kinds whose objects count the generations of their spec. */
const generationGroups = new Set(['apps', 'batch', 'networking.k8s.io']);

/** How many pods there are at a time, since each lives in this process: a mistyped `--replicas` must not fill it. */
export const mostPods = 1_000;

/** Which half of an object an update writes. */
export type UpdatePart = 'main' | 'status';

/** Brings what clients send into the store: metadata, defaults, validation, admission, preconditions. */
export class ObjectWriter {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #authorizer: RbacAuthorizer;

  constructor(store: ObjectStore, clock: Clock, random: () => number, authorizer: RbacAuthorizer) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#authorizer = authorizer;
  }

  /** @throws {StatusError} as kube-apiserver refuses a POST */
  create(definition: ResourceDefinition, namespace: string, draft: Draft, options: WriteOptions): KubeObject {
    checkTypeAndNamespace(definition, namespace, draft);
    const { metadata } = draft;
    if (textAt(metadata, 'resourceVersion'))
      throw badRequest('resourceVersion should not be set on objects to be created');
    if (!textAt(metadata, 'name') && textAt(metadata, 'generateName')) {
      metadata.name = generateName(textAt(metadata, 'generateName'), this.#random);
    }
    const name = textAt(metadata, 'name');
    if (!name) {
      throw invalid(definition.kind, definition.group, '', [
        {
          reason: 'FieldValueRequired',
          field: 'metadata.name',
          message: 'Required value: name or generateName is required',
        },
      ]);
    }
    for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'managedFields']) {
      delete metadata[field];
    }
    delete metadata.resourceVersion;
    metadata.uid = randomUUID();
    metadata.creationTimestamp = kubernetesTime(this.#clock.now());
    if (generationGroups.has(definition.group)) metadata.generation = 1;
    if (definition.subresources.includes('status') && definition.kind !== 'Node') delete draft.status;
    this.#checkNamespace(definition, namespace, name);
    if (this.#store.get(definition.storage, namespace, name)) throw alreadyExists(definition, name);
    definition.prepare(draft, { store: this.#store, random: this.#random, previous: undefined });
    this.#admit(definition, namespace, draft, undefined, options);
    const stored = toStored(definition, draft);
    if (options.dryRun)
      return { ...stored, metadata: { ...stored.metadata, resourceVersion: '' } } as unknown as KubeObject;
    return this.#store.create(definition.storage, stored as NewObject);
  }

  /**
   * Replaces an object by what `edit` makes of it.
   *
   * @throws {StatusError} as kube-apiserver refuses a PUT or PATCH
   */
  update(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    edit: (current: KubeObject) => Draft,
    options: WriteOptions & { part: UpdatePart },
  ): KubeObject {
    const current = this.#store.get(definition.storage, namespace, name);
    if (!current) throw notFound(definition, name);
    const shown = fromStored(definition, current);
    const draft = edit(shown);
    checkTypeAndNamespace(definition, namespace, draft);
    const named = textAt(draft.metadata, 'name');
    if (named !== name) {
      throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
    }
    checkPreconditions(definition, draft, current);
    restoreSystemFields(draft, shown);
    if (options.part === 'status') keepAllButStatus(draft, shown);
    else if (definition.subresources.includes('status')) restore(draft, shown, 'status');
    definition.prepare(draft, { store: this.#store, random: this.#random, previous: current });
    if (generationGroups.has(definition.group) && !isDeepStrictEqual(plain(draft.spec), plain(shown.spec))) {
      draft.metadata.generation = (current.metadata.generation ?? 0) + 1;
    }
    if (options.part === 'main') this.#admit(definition, namespace, draft, shown, options);
    const stored = toStored(definition, draft) as unknown as KubeObject;
    if (options.dryRun) return stored;
    return this.#replace(definition, stored);
  }

  #replace(definition: ResourceDefinition, stored: KubeObject): KubeObject {
    const { name, namespace = '' } = stored.metadata;
    try {
      const replaced = this.#store.replace(definition.storage, stored);
      if (isFinished(replaced)) this.#store.remove(definition.storage, namespace, name);
      return replaced;
    } catch (error) {
      if (error instanceof StoreError && error.kind === 'conflict') throw conflict(definition, name, objectModified);
      throw error;
    }
  }

  #checkNamespace(definition: ResourceDefinition, namespace: string, name: string): void {
    if (!definition.namespaced) return;
    const found = this.#store.get('namespaces', '', namespace);
    if (!found) throw notFound({ resource: 'namespaces', group: '' }, namespace);
    if (found.metadata.deletionTimestamp) {
      throw forbiddenBecause(
        definition,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }

  #admit(
    definition: ResourceDefinition,
    namespace: string,
    draft: Draft,
    previous: KubeObject | undefined,
    { user }: WriteOptions,
  ): void {
    const name = textAt(draft.metadata, 'name');
    const errors = [
      ...(previous ? [] : validateName(definition.nameForm, name)),
      ...validateMetadata(draft.metadata),
      ...definition.validate(draft, previous),
    ];
    if (errors.length > 0) throw invalid(definition.kind, definition.group, name, errors);
    if (definition.kind === 'Pod' && !previous) {
      this.#checkServiceAccount(definition, namespace, draft);
      if (this.#store.count('pods') >= mostPods) {
        throw forbiddenBecause(definition, name, `the emulated cluster keeps at most ${mostPods} pods`);
      }
    }
    if (!previous || !isDeepStrictEqual(withoutCollection(draft), withoutCollection(previous))) {
      refuseEscalation(this.#authorizer, user, definition, draft, namespace);
    }
  }

  #checkServiceAccount(definition: ResourceDefinition, namespace: string, pod: Draft): void {
    const account = textAt(pod, 'spec', 'serviceAccountName');
    if (this.#store.get('serviceaccounts', namespace, account)) return;
    throw forbiddenBecause(
      definition,
      textAt(pod.metadata, 'name'),
      `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`,
    );
  }
}

/**
 * All of an object but what garbage collection changes in it. Any other update of an RBAC object counts as granting
 * what it grants: a label alone can make a role part of one that everybody has.
 *
 * @see pkg/registry/rbac/helpers.go, IsOnlyMutatingGCFields (v1.33)
 */
function withoutCollection({ metadata, ...rest }: Draft | KubeObject): unknown {
  const { ownerReferences: _owners, finalizers: _finalizers, ...kept } = metadata;
  return plain({ ...rest, metadata: kept });
}

/** As it reads back from JSON: absent and undefined are one. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function checkTypeAndNamespace(definition: ResourceDefinition, namespace: string, draft: Draft): void {
  const apiVersion = apiVersionOf(definition);
  if (draft.kind === undefined) draft.kind = definition.kind;
  if (draft.apiVersion === undefined) draft.apiVersion = apiVersion;
  if (draft.kind !== definition.kind || draft.apiVersion !== apiVersion) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${definition.kind}): ${String(draft.kind)} in ${String(draft.apiVersion)} is not ${definition.kind} in ${apiVersion}`,
    );
  }
  const { metadata } = draft;
  if (!definition.namespaced) {
    delete metadata.namespace;
    return;
  }
  if (!metadata.namespace) metadata.namespace = namespace;
  if (metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

function checkPreconditions(definition: ResourceDefinition, draft: Draft, current: KubeObject): void {
  const { name } = current.metadata;
  const uid = textAt(draft.metadata, 'uid');
  if (uid && uid !== current.metadata.uid) {
    throw conflict(
      definition,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  const expected = textAt(draft.metadata, 'resourceVersion');
  if (expected && expected !== current.metadata.resourceVersion) throw conflict(definition, name, objectModified);
}

/** What a client cannot change by an update. */
function restoreSystemFields(draft: Draft, current: KubeObject): void {
  delete draft.metadata.selfLink;
  delete draft.metadata.managedFields;
  const kept = [
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
  ] as const;
  for (const field of kept) {
    if (current.metadata[field] === undefined) delete draft.metadata[field];
    else draft.metadata[field] = current.metadata[field];
  }
}

function keepAllButStatus(draft: Draft, current: KubeObject): void {
  const { labels, annotations, finalizers, ownerReferences } = current.metadata;
  for (const field of Object.keys(draft)) if (!['status', 'metadata'].includes(field)) delete draft[field];
  for (const [field, value] of Object.entries(current)) {
    if (!['status', 'metadata'].includes(field)) draft[field] = structuredClone(value);
  }
  // Metadata goes with the main resource, as far as it is the owner's to set.
  for (const [field, value] of Object.entries({ labels, annotations, finalizers, ownerReferences })) {
    if (value === undefined) delete draft.metadata[field];
    else draft.metadata[field] = structuredClone(value);
  }
}

function restore(draft: Draft, current: KubeObject, field: string): void {
  if (current[field] === undefined) delete draft[field];
  else draft[field] = structuredClone(current[field]);
}

/** Marked for deletion, nothing holds it any more, and no grace period of a pod or content of a namespace is left. */
function isFinished(object: KubeObject): boolean {
  if (!object.metadata.deletionTimestamp || (object.metadata.finalizers?.length ?? 0) > 0) return false;
  if (object.kind === 'Namespace') return listAt(object, 'spec', 'finalizers').length === 0;
  return (object.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

export function toStored(definition: ResourceDefinition, draft: Draft): Draft {
  return definition.codec ? definition.codec.toStored(draft) : draft;
}

export function fromStored(definition: ResourceDefinition, object: KubeObject): KubeObject {
  return definition.codec ? definition.codec.fromStored(object) : object;
}

/**
 * Takes a parsed body for an object's draft.
 *
 * @throws {StatusError} 400 for one that is no object
 */
export function toDraft(body: unknown): Draft {
  if (!isRecord(body)) throw badRequest('the object provided is unrecognized: it is not an object');
  if (body.metadata === undefined || body.metadata === null) body.metadata = {};
  if (!isRecord(body.metadata)) throw badRequest('the object provided is unrecognized: metadata is not an object');
  return body as Draft;
}
