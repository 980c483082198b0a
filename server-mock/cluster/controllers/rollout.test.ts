import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../objects.ts';
import { planRollout } from './rollout.ts';

const metadata = { uid: '', resourceVersion: '', creationTimestamp: '' };

function replicaSet(name: string, replicas: number, readyReplicas = replicas): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { ...metadata, name },
    spec: { replicas },
    status: { readyReplicas },
  };
}

function deployment(replicas: number, strategy: object = { type: 'RollingUpdate' }): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadata, name: 'd' },
    spec: { replicas, strategy },
  };
}

const exact = (maxSurge: number, maxUnavailable: number) => ({
  type: 'RollingUpdate',
  rollingUpdate: { maxSurge, maxUnavailable },
});

describe('a rollout', () => {
  it('without an old revision goes straight to the wanted size', () => {
    expect(planRollout(deployment(3), replicaSet('new', 0), [], 0)).toEqual([{ name: 'new', replicas: 3 }]);
  });

  it('adds as many as the surge allows, and takes away only what is spare', () => {
    const steps = planRollout(deployment(4, exact(1, 0)), replicaSet('new', 0), [replicaSet('old', 4)], 4);
    expect(steps).toEqual([{ name: 'new', replicas: 1 }]);
    const next = planRollout(deployment(4, exact(1, 0)), replicaSet('new', 1), [replicaSet('old', 4)], 4);
    expect(next).toEqual([{ name: 'old', replicas: 3 }]);
  });

  it('waits while new pods are not ready', () => {
    expect(planRollout(deployment(4, exact(1, 0)), replicaSet('new', 1, 0), [replicaSet('old', 4)], 4)).toEqual([]);
  });

  it('takes old pods that never became ready away at once', () => {
    const steps = planRollout(deployment(2, exact(0, 1)), replicaSet('new', 0), [replicaSet('old', 2, 0)], 2);
    expect(steps).toEqual([{ name: 'old', replicas: 0 }]);
  });

  it('with Recreate starts nothing until the last old pod is gone', () => {
    const recreate = deployment(2, { type: 'Recreate' });
    expect(planRollout(recreate, replicaSet('new', 0), [replicaSet('old', 2)], 2)).toEqual([
      { name: 'old', replicas: 0 },
    ]);
    expect(planRollout(recreate, replicaSet('new', 0), [replicaSet('old', 0)], 1)).toEqual([]);
    expect(planRollout(recreate, replicaSet('new', 0), [replicaSet('old', 0)], 0)).toEqual([
      { name: 'new', replicas: 2 },
    ]);
  });
});
