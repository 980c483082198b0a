import { at, ensureRecord, isRecord, numberAt, stringMapAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { formatLabelSelector, formatLabels } from '../printers/text.ts';
import type { Draft } from '../resources/definition.ts';
import { badRequest } from '../status.ts';

/** The `autoscaling/v1` Scale of a workload. */
export function scaleOf(object: KubeObject): Draft {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, 'spec', 'replicas') },
    status: {
      replicas: numberAt(object, 'status', 'replicas'),
      selector: selectorText(object),
    },
  };
}

/** A ReplicationController's selector is the labels themselves. */
function selectorText(object: KubeObject): string {
  if (object.kind === 'ReplicationController') return formatLabels(stringMapAt(object, 'spec', 'selector'));
  return formatLabelSelector(at(object, 'spec', 'selector'));
}

/**
 * The workload with the replicas that a Scale asks for.
 *
 * @throws {StatusError} 400
 */
export function applyScale(object: KubeObject, scale: unknown): Draft {
  const replicas = isRecord(scale) ? (at(scale, 'spec', 'replicas') ?? 0) : undefined;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) throw badRequest('spec.replicas must be an integer');
  const draft = structuredClone(object) as unknown as Draft;
  ensureRecord(draft, 'spec').replicas = replicas;
  const expected = at(scale, 'metadata', 'resourceVersion');
  draft.metadata.resourceVersion = typeof expected === 'string' ? expected : '';
  return draft;
}
