import { type Clock, systemClock } from '../../clock.ts';
import type { Pod } from '../../objects.ts';
import { Container } from '../container/container.ts';
import { Disk } from '../container/disk.ts';

/** A pod for tests, running, with the one container `app`. */
export function testPod(name = 'web-1', overrides: { uid?: string; image?: string } = {}): Pod {
  const image = overrides.image ?? 'nginx:1.27';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: overrides.uid ?? `uid-of-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { containers: [{ name: 'app', image, ports: [{ containerPort: 80 }] }] },
    status: {
      phase: 'Running',
      podIP: '10.244.0.7',
      containerStatuses: [
        {
          name: 'app',
          image,
          imageID: image,
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
          lastState: {},
        },
      ],
    },
  };
}

/** A container of {@link testPod} for tests. */
export function testContainer(options: { diskBytes?: number; clock?: Clock } = {}): Container {
  const pod = testPod();
  const [spec] = pod.spec.containers;
  if (!spec) throw new TypeError('the pod for tests has a container');
  return new Container(pod, spec, new Disk(options.diskBytes ?? 16_777_216), options.clock ?? systemClock);
}
