import { describe, expect, test } from 'vitest';
import type { LiveEvent } from '../../../proxy-core/contract/controller.ts';
import type { Session } from '../../../proxy-core/contract/sessions.ts';
import { LiveFeed } from './live-feed.ts';

const snapshot = (): LiveEvent => ({
  kind: 'snapshot',
  user: { name: 'a', displayName: 'a', groups: [], isAdministrator: false },
  clusters: [],
  sessions: [],
  replicas: [],
});
const sessionEvent = (id: string, requestCount = 0) => ({
  kind: 'session' as const,
  session: { id, requestCount } as Session,
});

async function take(events: AsyncIterator<LiveEvent>, count: number): Promise<LiveEvent[]> {
  const taken: LiveEvent[] = [];
  while (taken.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

describe('the live feed', () => {
  test('gives a snapshot first, then what changes, to every reader of a device and to no other', async () => {
    const feed = new LiveFeed();
    const [one, two, other] = ['d1', 'd1', 'd2'].map((id) => feed.subscribe(id, snapshot, undefined));
    expect((await take(one!, 1))[0]!.kind).toBe('snapshot');
    await take(two!, 1);
    await take(other!, 1);
    feed.push('d1', sessionEvent('s1'));
    expect((await take(one!, 1))[0]).toMatchObject({ kind: 'session' });
    expect((await take(two!, 1))[0]).toMatchObject({ kind: 'session' });
    feed.push('d2', { kind: 'replicas', replicas: ['x:1'] });
    expect((await take(other!, 1))[0]).toMatchObject({ kind: 'replicas' });
    feed.close();
  });

  test('keeps only the newest of each thing for a slow reader', async () => {
    const feed = new LiveFeed();
    const events = feed.subscribe('d1', snapshot, undefined);
    await take(events, 1);
    for (let count = 1; count <= 1_000; count += 1) feed.push('d1', sessionEvent('s1', count));
    expect((await take(events, 1))[0]).toMatchObject({ session: { requestCount: 1_000 } });
    feed.push('d1', sessionEvent('s2'));
    expect((await take(events, 1))[0]).toMatchObject({ session: { id: 's2' } });
    feed.close();
  });

  test('gives everything anew to a reader that fell too far behind', async () => {
    const feed = new LiveFeed();
    const events = feed.subscribe('d1', snapshot, undefined);
    await take(events, 1);
    for (let count = 0; count < 257; count += 1) feed.push('d1', sessionEvent(`s${count}`));
    expect((await take(events, 1))[0]!.kind).toBe('snapshot');
    feed.close();
  });

  test('ends after a revocation, which overtakes nothing and is never dropped', async () => {
    const feed = new LiveFeed();
    const events = feed.subscribe('d1', snapshot, undefined);
    await take(events, 1);
    for (let count = 0; count < 256; count += 1) feed.push('d1', sessionEvent(`s${count}`));
    feed.push('d1', { kind: 'revoked', message: 'gone' });
    const all = await take(events, 1_000);
    expect(all.at(-1)).toEqual({ kind: 'revoked', message: 'gone' });
    expect(all).toHaveLength(257);
  });

  test('lets go of a reader that leaves, and of all at the end', async () => {
    const feed = new LiveFeed();
    const leaving = new AbortController();
    const events = feed.subscribe('d1', snapshot, leaving.signal);
    await take(events, 1);
    const waiting = events.next();
    leaving.abort();
    expect((await waiting).done).toBe(true);
    expect(feed.subscribedDevices()).toEqual([]);
    const others = feed.subscribe('d2', snapshot, undefined);
    await take(others, 1);
    const last = others.next();
    feed.close();
    expect((await last).done).toBe(true);
  });
});
