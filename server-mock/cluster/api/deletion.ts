import { forbiddenBecause } from '../authorization/forbidden.ts';
import { type Clock, kubernetesTime } from '../clock.ts';
import { at, isRecord, textAt, textsAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import type { ResourceDefinition } from '../resources/definition.ts';
import { unsupported } from '../resources/validation.ts';
import { conflict, invalid, notFound } from '../status.ts';
import type { ObjectStore, ResourceKey } from '../store.ts';
import { readDryRun } from './dry-run.ts';

const propagations = ['Foreground', 'Background', 'Orphan'] as const;
export type Propagation = (typeof propagations)[number];

export interface DeleteOptions {
  propagation: Propagation;
  gracePeriodSeconds?: number | undefined;
  preconditions: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

export type DeletionOutcome =
  | { kind: 'deleted'; object: KubeObject }
  /** Marked; goes when its finalizers, its grace period or its content are done. */
  | { kind: 'marked'; object: KubeObject };

export const foregroundFinalizer = 'foregroundDeletion';

/** kube-apiserver keeps these for good: without them nothing in a cluster works any more. */
const immortalNamespaces: ReadonlySet<string> = new Set(['default', 'kube-public', 'kube-system']);

/** How long an emulated container takes to stop once told to, however long its grace period is. */
const stopMs = 1_000;

/**
 * Deletes objects as the API server does: at once, or by a mark that finalizers, a pod's grace period or a
 * namespace's content hold up.
 */
export class ObjectDeletion {
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws {StatusError} 403, 404, 409 */
  delete(
    definition: Pick<ResourceDefinition, 'storage' | 'resource' | 'group'>,
    namespace: string,
    name: string,
    options: DeleteOptions,
  ): DeletionOutcome {
    if (definition.storage === 'namespaces' && immortalNamespaces.has(name)) {
      throw forbiddenBecause(definition, name, 'this namespace may not be deleted');
    }
    const object = this.#store.get(definition.storage, namespace, name);
    if (!object) throw notFound(definition, name);
    checkPreconditions(definition, object, options.preconditions);
    if (options.dryRun) return { kind: 'deleted', object };
    if (options.propagation === 'Orphan') this.#orphanDependants(object);
    if (options.propagation === 'Foreground' && this.#hasDependants(object)) {
      return { kind: 'marked', object: this.#mark(definition.storage, object, 0, foregroundFinalizer) };
    }
    if (definition.storage === 'namespaces') return { kind: 'marked', object: this.#markNamespace(object) };
    if (definition.storage === 'pods') return this.#deletePod(object, options.gracePeriodSeconds);
    if ((object.metadata.finalizers?.length ?? 0) > 0) {
      return { kind: 'marked', object: this.#mark(definition.storage, object, 0) };
    }
    return { kind: 'deleted', object: this.#store.remove(definition.storage, namespace, name) ?? object };
  }

  #deletePod(pod: KubeObject, requestedSeconds: number | undefined): DeletionOutcome {
    const { name, namespace = '', uid } = pod.metadata;
    const scheduled = textAt(pod, 'spec', 'nodeName') !== '';
    const finished = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
    const specified = at(pod, 'spec', 'terminationGracePeriodSeconds');
    const graceSeconds =
      scheduled && !finished ? (requestedSeconds ?? (typeof specified === 'number' ? specified : 30)) : 0;
    const held = (pod.metadata.finalizers?.length ?? 0) > 0;
    if (graceSeconds === 0 && !held) {
      return { kind: 'deleted', object: this.#store.remove('pods', namespace, name) ?? pod };
    }
    const marked = this.#mark('pods', pod, graceSeconds);
    if (graceSeconds > 0) {
      this.#clock.after(Math.min(graceSeconds * 1000, stopMs), () => this.#endGrace(namespace, name, uid));
    }
    return { kind: 'marked', object: marked };
  }

  #endGrace(namespace: string, name: string, uid: string): void {
    const pod = this.#store.get('pods', namespace, name);
    if (pod?.metadata.uid !== uid) return;
    if ((pod.metadata.finalizers?.length ?? 0) === 0) {
      this.#store.remove('pods', namespace, name);
      return;
    }
    this.#store.modify('pods', namespace, name, (draft) => {
      draft.metadata.deletionGracePeriodSeconds = 0;
    });
  }

  #mark(storage: ResourceKey, object: KubeObject, graceSeconds: number, finalizer?: string): KubeObject {
    const { name, namespace = '' } = object.metadata;
    const marked = this.#store.modify(storage, namespace, name, (draft) => {
      const { metadata } = draft;
      metadata.deletionTimestamp ??= kubernetesTime(this.#clock.now() + graceSeconds * 1000);
      metadata.deletionGracePeriodSeconds = Math.min(metadata.deletionGracePeriodSeconds ?? graceSeconds, graceSeconds);
      if (finalizer && !metadata.finalizers?.includes(finalizer)) {
        metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
      }
    });
    return marked ?? object;
  }

  #markNamespace(namespace: KubeObject): KubeObject {
    const { name } = namespace.metadata;
    const marked = this.#store.modify('namespaces', '', name, (draft) => {
      draft.metadata.deletionTimestamp ??= kubernetesTime(this.#clock.now());
      draft.status = { ...(isRecord(draft.status) ? draft.status : {}), phase: 'Terminating' };
    });
    return marked ?? namespace;
  }

  #dependants(owner: KubeObject): { storage: ResourceKey; object: KubeObject }[] {
    return this.#store.collections().flatMap((storage) =>
      this.#store
        .list(storage)
        .filter((object) => object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid))
        .map((object) => ({ storage, object })),
    );
  }

  #hasDependants(owner: KubeObject): boolean {
    return this.#dependants(owner).length > 0;
  }

  #orphanDependants(owner: KubeObject): void {
    for (const { storage, object } of this.#dependants(owner)) {
      this.#store.modify(storage, object.metadata.namespace ?? '', object.metadata.name, (draft) => {
        draft.metadata.ownerReferences = draft.metadata.ownerReferences?.filter(
          ({ uid }) => uid !== owner.metadata.uid,
        );
      });
    }
  }
}

function checkPreconditions(
  definition: Pick<ResourceDefinition, 'resource' | 'group'>,
  object: KubeObject,
  { uid, resourceVersion }: DeleteOptions['preconditions'],
): void {
  const { name, uid: actualUid, resourceVersion: actualVersion } = object.metadata;
  if (uid && uid !== actualUid) {
    throw conflict(
      definition,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actualUid}`,
    );
  }
  if (resourceVersion && resourceVersion !== actualVersion) {
    throw conflict(
      definition,
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${actualVersion}`,
    );
  }
}

/**
 * Reads DeleteOptions from a body and the query; the body wins.
 *
 * @throws {StatusError} 422
 */
export function readDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const grace =
    at(body, 'gracePeriodSeconds') ??
    (query.has('gracePeriodSeconds') ? Number(query.get('gracePeriodSeconds')) : undefined);
  const orphan = at(body, 'orphanDependents') === true || query.get('orphanDependents') === 'true';
  const uid = textAt(body, 'preconditions', 'uid');
  const resourceVersion = textAt(body, 'preconditions', 'resourceVersion');
  return {
    propagation: orphan
      ? 'Orphan'
      : readPropagation(textAt(body, 'propagationPolicy') || query.get('propagationPolicy') || 'Background'),
    gracePeriodSeconds: typeof grace === 'number' && grace >= 0 ? grace : undefined,
    preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
    dryRun: readDryRun('DeleteOptions', [...textsAt(body, 'dryRun'), ...query.getAll('dryRun')]),
  };
}

function readPropagation(policy: string): Propagation {
  const known = propagations.find((propagation) => propagation === policy);
  if (known) return known;
  throw invalid('DeleteOptions', 'meta.k8s.io', '', [unsupported('propagationPolicy', policy, propagations)]);
}
