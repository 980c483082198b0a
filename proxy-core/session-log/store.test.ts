import { expect, test } from 'vitest';
import { LogStore, type Retention } from './store.ts';
import { request, session, time, uuid } from './testing-events.ts';

const everything: Retention = { maxRequests: 1e6, maxAgeMs: 1e12, maxBytes: 1e12 };

/** A store with one session's requests, numbered from 1, a second apart. */
function storeOf({ requests, running = 0 }: { requests: number; running?: number }): LogStore {
  const store = new LogStore(':memory:');
  const { requestCount, deniedCount, bytesIn, bytesOut, lastActiveAt } = session(1);
  store.write({
    sessions: [{ session: session(1), local: { requestCount, deniedCount, bytesIn, bytesOut, lastActiveAt } }],
    commands: [
      {
        text: '',
        command: {
          id: uuid(7),
          sessionId: uuid(1),
          label: 'inferred',
          title: 'kubectl',
          commandLine: null,
          tool: 'kubectl',
          startedAt: time(0).toISOString(),
          endedAt: null,
          outcome: 'running',
          requestCount: requests,
        },
      },
    ],
    requests: Array.from({ length: requests }, (_, index) => ({
      commandId: uuid(7),
      request: request(index + 1, { completedAt: index < running ? null : time(index + 1).toISOString() }),
    })),
  });
  return store;
}

function trimWhole(store: LogStore, retention: Partial<Retention>, nowSeconds = 10_000): number {
  let steps = 1;
  while (store.trim({ ...everything, ...retention }, time(nowSeconds).getTime())) steps += 1;
  return steps;
}

const namesIn = (store: LogStore) => store.detail(uuid(1))?.commands[0]?.requests.map(({ name }) => name) ?? [];

test('what is within its bounds stays', () => {
  const store = storeOf({ requests: 100 });
  trimWhole(store, {});
  expect(namesIn(store)).toHaveLength(100);
});

test('the oldest go where there are too many, in small steps', () => {
  const store = storeOf({ requests: 1700 });
  expect(trimWhole(store, { maxRequests: 100 })).toBeGreaterThan(3);
  expect(namesIn(store)).toHaveLength(100);
  expect(namesIn(store)[0]).toBe('web-1601');
});

test('what is older than its time goes', () => {
  const store = storeOf({ requests: 1700 });
  trimWhole(store, { maxAgeMs: 200_000 }, 1700);
  expect(namesIn(store)[0]).toBe('web-1500');
});

test('what is older than its time goes also where there were too many', () => {
  const store = storeOf({ requests: 1700 });
  trimWhole(store, { maxRequests: 1690, maxAgeMs: 200_000 }, 1700);
  expect(namesIn(store)[0]).toBe('web-1500');
});

test('many that still run do not keep the others', () => {
  const store = storeOf({ requests: 1700, running: 600 });
  trimWhole(store, { maxRequests: 700 });
  const names = namesIn(store);
  expect(names).toHaveLength(700);
  expect(names.slice(0, 600)).toEqual(Array.from({ length: 600 }, (_, index) => `web-${index + 1}`));
  expect(names[600]).toBe('web-1601');
});
