import { expect, test } from 'vitest';
import { LatestWrite } from './latest-write.ts';

test('of what is wished for during a write, the latest is written after it', async () => {
  const written: string[] = [];
  const first = Promise.withResolvers<void>();
  const writing = new LatestWrite<string>(async (wish) => {
    if (written.push(wish) === 1) await first.promise;
  });
  writing.want('a');
  await expect.poll(() => written).toEqual(['a']);
  writing.want('b');
  writing.want('c');
  first.resolve();
  await writing.settled();
  expect(written).toEqual(['a', 'c']);
  expect(writing.wish).toBe('c');
});

test('a wish that comes at any moment of a write’s end is not lost', async () => {
  for (let moments = 0; moments < 10; moments += 1) {
    const written: string[] = [];
    const writing = new LatestWrite<string>(async (wish) => void written.push(wish));
    writing.want('a');
    for (let moment = 0; moment < moments; moment += 1) await Promise.resolve();
    writing.want('b');
    await writing.settled();
    expect(written.at(-1), `${moments} moments later`).toBe('b');
  }
});

test('the latest is written once more where that is asked for, and nothing where nothing was wished for', async () => {
  const written: string[] = [];
  const writing = new LatestWrite<string>(async (wish) => void written.push(wish));
  writing.again();
  await writing.settled();
  writing.want('a');
  await writing.settled();
  writing.again();
  await writing.settled();
  expect(written).toEqual(['a', 'a']);
});
