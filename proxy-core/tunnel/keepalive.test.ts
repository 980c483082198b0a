import { expect, test } from 'vitest';
import { defaultKeepalive, keepAlive } from './keepalive.ts';
import { manualClock } from './testing-pair.ts';

type Answer = (durationMs: number) => void;

function start(options: { bytesRead?: () => number } = {}) {
  const clock = manualClock();
  const pings: Answer[] = [];
  const events: string[] = [];
  const keepalive = keepAlive(
    {
      ping: (answer: Answer) => void pings.push(answer),
    },
    {
      clock,
      times: defaultKeepalive,
      bytesRead: options.bytesRead ?? (() => 0),
      onRoundTrip: (durationMs) => events.push(`round trip ${durationMs}`),
      onDead: () => events.push('dead'),
    },
  );
  const answer = (durationMs: number) => pings.shift()?.(durationMs);
  return { clock, pings, events, keepalive, answer };
}

test('a peer that dies right after an answer is found within 20 s', () => {
  const { clock, events, answer } = start();
  answer(3);
  clock.advance(20_000);
  expect(events).toEqual(['round trip 3', 'dead']);
});

test('a peer that answers lives on', () => {
  const { clock, events, answer, pings } = start();
  for (let count = 0; count < 20; count += 1) {
    answer(1);
    clock.advance(defaultKeepalive.intervalMs);
    expect(pings).toHaveLength(1);
  }
  expect(events).not.toContain('dead');
});

test('bytes that arrive prove a peer alive whose answer is held up behind them', () => {
  let received = 0;
  const { clock, events } = start({ bytesRead: () => received });
  for (let count = 0; count < 10; count += 1) {
    received += 1;
    clock.advance(defaultKeepalive.timeoutMs);
  }
  expect(events).toEqual([]);
  clock.advance(defaultKeepalive.timeoutMs);
  expect(events).toEqual(['dead']);
});

test('a check asked for pings at once and gives the peer only the time given', () => {
  const { clock, events, keepalive, answer, pings } = start();
  answer(1);
  keepalive.checkNow(3000);
  expect(pings).toHaveLength(1);
  clock.advance(3000);
  expect(events).toContain('dead');
});

test('a stopped keepalive says nothing more', () => {
  const { clock, events, keepalive } = start();
  keepalive.stop();
  clock.advance(60_000);
  expect(events).toEqual([]);
});
