import { recordAt, stringMapAt } from '../json.ts';
import type { KubeObject, OwnerReference, Pod } from '../objects.ts';
import { isReady } from '../printers/pods.ts';
import type { Draft } from '../resources/definition.ts';
import { StatusError } from '../status.ts';
import { type ControllerDependencies, controllerWrites, type Reconciled } from './dependencies.ts';
import { recordEvent } from './events.ts';

export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return (
    object.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === owner.metadata.uid) ?? false
  );
}

/** The controller of an object, where it is of that kind. */
export function controllerOf(object: KubeObject, kind: string): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller && reference.kind === kind);
}

export function podsOf({ store }: Pick<ControllerDependencies, 'store'>, owner: KubeObject): Pod[] {
  return store.list<Pod>('pods', owner.metadata.namespace).filter((pod) => isOwnedBy(pod, owner));
}

/** Neither finished nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !pod.metadata.deletionTimestamp && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';
}

/** How many pods are created in one turn, so that requests get theirs in between. */
const mostAtOnce = 50;

/**
 * Creates the pods that an owner lacks, or as many as one turn has room for: the owner is looked at again as they come.
 */
export function createPods(
  dependencies: ControllerDependencies,
  owner: KubeObject,
  missing: number,
  component: string,
): Reconciled {
  for (let left = Math.min(missing, mostAtOnce); left > 0; left--) {
    if (!createPod(dependencies, owner, { component })) return 'incomplete';
  }
  return 'done';
}

/**
 * Creates a pod from its owner's template, with an event that says so, or why it was refused.
 *
 * @returns undefined where it was not created
 */
export function createPod(
  dependencies: ControllerDependencies,
  owner: KubeObject,
  choice: { name?: string; labels?: Record<string, string>; nodeName?: string; component: string },
): Pod | undefined {
  const definition = dependencies.registry.forStorage('pods');
  const { namespace = '' } = owner.metadata;
  if (!definition || dependencies.store.get('namespaces', '', namespace)?.metadata.deletionTimestamp) return undefined;
  const template = structuredClone(recordAt(owner, 'spec', 'template'));
  const annotations = stringMapAt(template, 'metadata', 'annotations');
  const draft: Draft = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(choice.name ? { name: choice.name } : { generateName: `${owner.metadata.name}-` }),
      namespace,
      labels: { ...stringMapAt(template, 'metadata', 'labels'), ...choice.labels },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: {
      ...recordAt(template, 'spec'),
      ...(choice.nodeName ? { nodeName: choice.nodeName } : {}),
      ...(choice.name ? { hostname: choice.name } : {}),
    },
  };
  let pod: Pod;
  try {
    pod = dependencies.writer.create(definition, namespace, draft, controllerWrites) as Pod;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const message = `Error creating: ${withoutName(error.message, draft)}`;
    recordEvent(dependencies, owner, {
      type: 'Warning',
      reason: 'FailedCreate',
      message,
      component: choice.component,
    });
    return undefined;
  }
  recordEvent(dependencies, owner, {
    type: 'Normal',
    reason: 'SuccessfulCreate',
    message: `Created pod: ${pod.metadata.name}`,
    component: choice.component,
  });
  return pod;
}

/** Generated names differ from try to try, and one event is to count them all. */
function withoutName(message: string, { metadata: { name, generateName } }: Draft): string {
  return generateName ? message.replaceAll(String(name), `${generateName}`) : message;
}

/** Deletes a pod its owner no longer wants, with an event that says so. */
export function deletePod(dependencies: ControllerDependencies, owner: KubeObject, pod: Pod, component: string): void {
  const definition = dependencies.registry.forStorage('pods');
  if (!definition) return;
  const { namespace = '', name } = pod.metadata;
  dependencies.deletion.delete(definition, namespace, name, {
    propagation: 'Background',
    preconditions: {},
    dryRun: false,
  });
  recordEvent(dependencies, owner, {
    type: 'Normal',
    reason: 'SuccessfulDelete',
    message: `Deleted pod: ${name}`,
    component,
  });
}

/** The least useful pods first: not scheduled, not ready, youngest. */
export function byUsefulness(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.spec.nodeName ? 1 : 0) + (isReady(pod) ? 2 : 0);
  return rank(a) - rank(b) || (a.metadata.creationTimestamp > b.metadata.creationTimestamp ? -1 : 1);
}
