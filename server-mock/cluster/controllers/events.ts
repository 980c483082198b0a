import { generateName } from '../api/generated-names.ts';
import { kubernetesTime } from '../clock.ts';
import { textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import type { ControllerDependencies } from './dependencies.ts';

export interface EventDescription {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  /** Who tells: `deployment-controller`. */
  component: string;
}

/** Records an Event about an object; the same one again counts up, as event correlation does. */
export function recordEvent(
  { store, clock, random }: Pick<ControllerDependencies, 'store' | 'clock' | 'random'>,
  about: KubeObject,
  { type, reason, message, component }: EventDescription,
): void {
  const { name, namespace = 'default', uid, resourceVersion } = about.metadata;
  const now = kubernetesTime(clock.now());
  const same = store
    .list('events', namespace)
    .find(
      (event) => textAt(event, 'involvedObject', 'uid') === uid && event.reason === reason && event.message === message,
    );
  if (same) {
    store.modify('events', namespace, same.metadata.name, (draft) => {
      draft.count = (typeof draft.count === 'number' ? draft.count : 1) + 1;
      draft.lastTimestamp = now;
    });
    return;
  }
  store.create('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: generateName(`${name}.`, random), namespace },
    involvedObject: { kind: about.kind, namespace, name, uid, apiVersion: about.apiVersion, resourceVersion },
    reason,
    message,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
    firstTimestamp: now,
    lastTimestamp: now,
    eventTime: null,
    count: 1,
    type,
  });
}
