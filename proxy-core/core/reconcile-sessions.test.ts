import { expect, test } from 'vitest';
import type { Session } from '../contract/sessions.ts';
import { reconcileSessions } from './reconcile-sessions.ts';
import { testSession } from './testing-controller.ts';

function logOf(active: Session[]) {
  const changed: Session[] = [];
  const known: string[][] = [];
  return {
    changed,
    known,
    list: async () => ({ sessions: active, nextCursor: null }),
    sessionChanged: (session: Session) => void changed.push(session),
    sessionsKnown: (running: readonly Session[]) => void known.push(running.map(({ id }) => id)),
  };
}

const here = testSession('here', 'dev', 'viewer');
const gone = testSession('gone', 'dev', 'viewer');

test('how a session ended meanwhile is the controller’s to say, and what it does not know ends all the same', async () => {
  const log = logOf([here, gone, testSession('foreign', 'dev', 'viewer')]);
  const ended: Session = { ...gone, endedAt: '2026-01-01T02:00:00.000Z', endReason: 'idle' };
  await reconcileSessions(log, {
    sessions: [here],
    live: true,
    api: async () => ({ sessions: { list: async () => ({ sessions: [ended], nextCursor: null }) } }),
  });
  expect(log.changed).toEqual([ended]);
  expect(log.known).toEqual([['here']]);
});

test('a session that opened while the controller was asked stays open', async () => {
  const log = logOf([here]);
  const running = {
    sessions: [here],
    live: true,
    api: async () => {
      running.sessions = [here, testSession('new', 'prod', 'viewer')];
      return { sessions: { list: async () => ({ sessions: [], nextCursor: null }) } };
    },
  };
  await reconcileSessions(log, running);
  expect(log.known).toEqual([['here', 'new']]);
});

test('with the connection lost meanwhile, nothing is ended', async () => {
  const log = logOf([here, gone]);
  const running = {
    sessions: [here],
    live: true,
    api: async () => {
      running.live = false;
      return { sessions: { list: async () => ({ sessions: [], nextCursor: null }) } };
    },
  };
  await reconcileSessions(log, running);
  expect(log.known).toEqual([]);
});
