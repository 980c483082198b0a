import { at, numberAt, textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';

export interface ScaleStep {
  name: string;
  replicas: number;
}

/**
 * The next steps of a rollout: which ReplicaSets change their size now. Never more pods than `maxSurge` allows, never
 * fewer ready ones than `maxUnavailable` asks for; called again after each change until there is nothing to do.
 *
 * @param runningOldPods pods of old ReplicaSets that still exist, terminating ones too
 */
export function planRollout(
  deployment: KubeObject,
  current: KubeObject | undefined,
  old: readonly KubeObject[],
  runningOldPods: number,
): ScaleStep[] {
  const wanted = numberAt(deployment, 'spec', 'replicas');
  const size = (set: KubeObject) => numberAt(set, 'spec', 'replicas');
  const steps: ScaleStep[] = [];
  const scale = (set: KubeObject, replicas: number) => {
    if (replicas !== size(set)) steps.push({ name: set.metadata.name, replicas });
  };
  const living = old.filter((set) => size(set) > 0);
  if (!current) {
    // Paused before its first revision, or with an old one only: that one follows the size.
    if (living.length === 1 && living[0]) scale(living[0], wanted);
    return steps;
  }
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') {
    for (const set of living) scale(set, 0);
    if (living.length === 0 && runningOldPods === 0) scale(current, wanted);
    return steps;
  }
  const oldTotal = living.reduce((total, set) => total + size(set), 0);
  if (oldTotal === 0) {
    scale(current, wanted);
    return steps;
  }
  const { surge, unavailable } = limits(deployment, wanted);
  const room = Math.max(0, wanted + surge - oldTotal);
  scale(current, Math.max(Math.min(wanted, room), Math.min(size(current), wanted)));
  const ready = [current, ...living].reduce((total, set) => total + numberAt(set, 'status', 'readyReplicas'), 0);
  let spare = Math.max(0, ready - (wanted - unavailable));
  for (const set of living) {
    // What never became ready is no loss.
    const dead = Math.max(0, size(set) - numberAt(set, 'status', 'readyReplicas'));
    const gone = Math.min(size(set), dead + spare);
    spare -= Math.max(0, gone - dead);
    scale(set, size(set) - gone);
  }
  return steps;
}

function limits(deployment: KubeObject, wanted: number): { surge: number; unavailable: number } {
  const surge = portion(at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxSurge'), wanted, Math.ceil);
  const unavailable = portion(
    at(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable'),
    wanted,
    Math.floor,
  );
  // Both zero would never move.
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

function portion(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(typeof value === 'string' ? value : '25%')?.[1];
  return round((of * Number(percent ?? 25)) / 100);
}
