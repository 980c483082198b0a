import { expect, test } from 'vitest';
import { TokenSource } from './account-token.ts';

function source() {
  let now = 0;
  let made = 0;
  const waiting: (() => void)[] = [];
  const tokens = new TokenSource(
    async () => {
      made += 1;
      const token = `token-${made}`;
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { token, expiresAtMs: now + 3_600_000 };
    },
    { now: () => now, setTimeout: () => undefined, clearTimeout: () => undefined },
  );
  return {
    tokens,
    made: () => made,
    advance: (ms: number) => {
      now += ms;
    },
    arrive: async () => {
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise(setImmediate);
    },
  };
}

test('who asks while a token is on its way waits for that one', async () => {
  const { tokens, made, arrive } = source();
  const asked = Promise.all([tokens.get(), tokens.get(), tokens.get()]);
  await arrive();
  expect(await asked).toEqual(['token-1', 'token-1', 'token-1']);
  expect(made()).toBe(1);
});

test('a token is renewed ahead, and serves until the next is there', async () => {
  const { tokens, advance, arrive } = source();
  const first = tokens.get();
  await arrive();
  expect(await first).toBe('token-1');
  advance(0.7 * 3_600_000);
  expect(await tokens.get()).toBe('token-1');
  expect(await tokens.get()).toBe('token-1');
  await arrive();
  expect(await tokens.get()).toBe('token-2');
});

test('a token about to expire is not given out any more', async () => {
  const { tokens, advance, arrive } = source();
  const first = tokens.get();
  await arrive();
  await first;
  advance(3_590_000);
  const next = tokens.get();
  await arrive();
  expect(await next).toBe('token-2');
});
