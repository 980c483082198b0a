import { expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import type { NewObject, Pod } from '../objects.ts';
import { ObjectStore } from '../store.ts';
import { Containers } from '../streaming/container/containers.ts';
import { startWorkload } from './index.ts';

/** A clock that stands until it is told to go on. */
class FakeClock implements Clock {
  #now = Date.parse('2026-01-01T12:00:00Z');
  #timers: { at: number; action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, action: () => void): () => void {
    const timer = { at: this.#now + delayMs, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass; what promises set in motion has its turn between the timers. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = end;
  }
}

function cluster() {
  const clock = new FakeClock();
  const store = new ObjectStore(clock);
  const containers = new Containers({ store, clock });
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const workload = startWorkload({ store, clock, random, containers });
  const pod = (name: string) => store.get<Pod>('pods', 'default', name);
  const events = () => store.list('events', 'default').map(({ reason }) => reason);
  return { clock, store, containers, workload, pod, events };
}

function newPod(name: string, spec: object = {}, metadata: object = {}): NewObject {
  const containers = [{ name: 'app', image: 'nginx:1.27' }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { nodeName: 'node-1', containers, ...spec },
    status: { phase: 'Pending' },
  };
}

test('a placed pod goes through ContainerCreating to Running, with events, and its log grows', async () => {
  const { clock, store, containers, pod, events } = cluster();
  store.create('pods', newPod('web'));
  await clock.advance(50);
  expect(pod('web')?.status).toMatchObject({
    phase: 'Pending',
    containerStatuses: [{ ready: false, state: { waiting: { reason: 'ContainerCreating' } } }],
  });
  await clock.advance(5_000);
  expect(pod('web')?.status).toMatchObject({
    phase: 'Running',
    podIP: '10.244.0.2',
    containerStatuses: [{ ready: true, restartCount: 0, state: { running: {} } }],
  });
  expect(pod('web')?.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
  expect(events().sort()).toEqual(['Created', 'Pulled', 'Pulling', 'Started']);
  const log = containers.of(pod('web')!, 'app')!.log;
  const before = log.lines().length;
  await clock.advance(60_000);
  expect(log.lines().length).toBeGreaterThan(before + 5);
});

test('a pod without a node is left alone until it has one', async () => {
  const { clock, store, pod } = cluster();
  store.create('pods', newPod('later', { nodeName: undefined }));
  await clock.advance(5_000);
  expect(pod('later')?.status.phase).toBe('Pending');
  store.modify<Pod>('pods', 'default', 'later', (draft) => {
    draft.spec.nodeName = 'node-2';
  });
  await clock.advance(5_000);
  expect(pod('later')?.status.phase).toBe('Running');
});

test('a command that fails crash-loops: at once, then after 10 s, then after 20 s', async () => {
  const { clock, store, containers, pod, events } = cluster();
  const command = ['sh', '-c', 'echo broken; exit 3'];
  store.create('pods', newPod('crash', { containers: [{ name: 'app', image: 'busybox', command }] }));
  await clock.advance(8_000);
  expect(pod('crash')?.status).toMatchObject({
    phase: 'Running',
    containerStatuses: [
      {
        ready: false,
        restartCount: 1,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 3, reason: 'Error' } },
      },
    ],
  });
  expect(
    containers
      .of(pod('crash')!, 'app')!
      .log.lines()
      .map(({ text }) => text),
  ).toEqual(['broken']);
  await clock.advance(10_000);
  expect(pod('crash')?.status.containerStatuses?.[0]?.restartCount).toBe(2);
  await clock.advance(22_000);
  expect(pod('crash')?.status.containerStatuses?.[0]?.restartCount).toBe(3);
  expect(events()).toContain('BackOff');
});

test('a pod that is not to be restarted ends as its command did', async () => {
  const { clock, store, pod } = cluster();
  const once = (text: string) => ({
    restartPolicy: 'Never',
    containers: [{ name: 'app', image: 'busybox', command: ['sh', '-c', text] }],
  });
  store.create('pods', newPod('good', once('sleep 2; echo done')));
  store.create('pods', newPod('bad', once('exit 1')));
  await clock.advance(10_000);
  expect(pod('good')?.status).toMatchObject({
    phase: 'Succeeded',
    containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
  });
  expect(pod('bad')?.status).toMatchObject({ phase: 'Failed' });
});

test('init containers run one after the other before the others start', async () => {
  const { clock, store, containers, pod } = cluster();
  const init = (name: string) => ({ name, image: 'busybox', command: ['sh', '-c', `sleep 1; echo ${name}`] });
  store.create('pods', newPod('web', { initContainers: [init('first'), init('second')] }));
  await clock.advance(2_000);
  expect(pod('web')?.status).toMatchObject({
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
  });
  await clock.advance(10_000);
  expect(pod('web')?.status.phase).toBe('Running');
  expect(
    containers
      .of(pod('web')!, 'second')!
      .log.lines()
      .map(({ text }) => text),
  ).toEqual(['second']);
});

test('a deleted pod says that it stops, stops, and what follows its log comes to an end', async () => {
  const { clock, store, containers, pod, events } = cluster();
  store.create('pods', newPod('web'));
  await clock.advance(5_000);
  const container = containers.of(pod('web')!, 'app')!;
  store.modify<Pod>('pods', 'default', 'web', (draft) => {
    draft.metadata.deletionTimestamp = '2026-01-01T12:00:35Z';
    draft.metadata.deletionGracePeriodSeconds = 30;
  });
  await clock.advance(600);
  expect(events()).toContain('Killing');
  expect(container.running).toBe(false);
  expect(container.log.ended).toBe(true);
  expect(container.log.lines().at(-1)?.text).toContain('SIGTERM');
  store.remove('pods', 'default', 'web');
  await clock.advance(60_000);
  expect(pod('web')).toBeUndefined();
});

test('a pod that says that it runs is taken up with a log that goes back, and no events', async () => {
  const { clock, store, containers, workload, pod, events } = cluster();
  workload.close();
  const image = 'api:1';
  const started = '2026-01-01T08:00:00Z';
  store.create('pods', {
    ...newPod('old', { containers: [{ name: 'api', image }] }),
    status: {
      phase: 'Running',
      podIP: '10.244.0.2',
      containerStatuses: [
        {
          name: 'api',
          image,
          imageID: image,
          ready: true,
          restartCount: 4,
          state: { running: { startedAt: started } },
          lastState: {},
        },
      ],
    },
  });
  startWorkload({ store, clock, random: () => 0.5, containers });
  await clock.advance(100);
  expect(pod('old')?.status.containerStatuses?.[0]).toMatchObject({ restartCount: 4, ready: true });
  expect(containers.of(pod('old')!, 'api')!.log.lines().length).toBeGreaterThan(30);
  expect(events()).toEqual([]);
});
