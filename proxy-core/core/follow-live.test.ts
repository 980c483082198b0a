import { expect, test } from 'vitest';
import type { LiveEvent } from '../contract/controller.ts';
import { manualClock } from '../tunnel/testing-pair.ts';
import type { ControllerClient } from './controller-client.ts';
import { followLive } from './follow-live.ts';
import { silent } from './testing-home.ts';

type Watch = ControllerClient['live']['watch'];

async function* events(...list: LiveEvent[]): AsyncGenerator<LiveEvent, void, undefined> {
  yield* list;
}

const replicas: LiveEvent = { kind: 'replicas', replicas: [] };

test('the feed is opened again after it ends or fails, later each time, and at once again after it worked', async () => {
  const clock = manualClock();
  const ending = new AbortController();
  const pauses: number[] = [];
  const outcomes = ['fails', 'fails', 'fails', 'works', 'stop'];
  let opened = 0;
  await followLive({
    live: {
      watch: (async () => {
        const outcome = outcomes[opened++];
        if (outcome === 'fails') throw new Error('cut');
        if (outcome === 'stop') ending.abort();
        return events(replicas);
      }) as unknown as Watch,
    },
    whenOpen: async () => undefined,
    onEvent: () => undefined,
    onBreak: () => undefined,
    signal: ending.signal,
    clock: {
      ...clock,
      setTimeout(callback, delayMs) {
        pauses.push(delayMs);
        queueMicrotask(callback);
        return undefined;
      },
    },
    random: () => 1,
    logger: silent,
  });
  expect(pauses).toEqual([200, 400, 800, 200]);
});

test('it ends with its signal, also while it waits for the tunnel', async () => {
  const ending = new AbortController();
  const following = followLive({
    live: { watch: (() => Promise.reject(new Error('not reached'))) as unknown as Watch },
    whenOpen: (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true })),
    onEvent: () => undefined,
    onBreak: () => undefined,
    signal: ending.signal,
    clock: manualClock(),
    random: () => 0,
    logger: silent,
  });
  ending.abort();
  await following;
});
