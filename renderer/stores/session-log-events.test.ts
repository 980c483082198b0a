import { expect, it } from 'vitest';
import { fakeLog } from '../bridge/fake/fake-log.ts';
import { applyToDetail, applyToSessions } from './session-log-events.ts';

const log = fakeLog(new Date('2026-11-23T12:00:00Z'));
const sessions = log.map(({ session }) => session);
const all = { search: '', cluster: null, activeOnly: false };
const [first, second] = sessions as [(typeof sessions)[0], (typeof sessions)[0]];

it('replaces a session that changed, in its place', () => {
  const changed = { ...second, requestCount: 999 };
  const result = applyToSessions(sessions, [{ kind: 'session', session: changed }], all);
  expect(result[1]).toBe(changed);
  expect(result).toHaveLength(sessions.length);
});

it('puts a new session where its start belongs', () => {
  const result = applyToSessions(sessions.slice(1), [{ kind: 'session', session: first }], all);
  expect(result.map(({ id }) => id)).toEqual(sessions.map(({ id }) => id));
});

it('keeps out a new session that the filters do not want', () => {
  const event = { kind: 'session' as const, session: { ...first, id: crypto.randomUUID(), cluster: 'other' } };
  expect(applyToSessions(sessions, [event], { ...all, cluster: 'dev' })).toBe(sessions);
  expect(applyToSessions(sessions, [event], { ...all, search: 'pods' })).toBe(sessions);
});

it('drops a session from the active ones when it ends', () => {
  const ended = { ...first, endedAt: '2026-11-23T12:00:00.000Z', endReason: 'idle' as const };
  const result = applyToSessions(sessions, [{ kind: 'session', session: ended }], { ...all, activeOnly: true });
  expect(result.some(({ id }) => id === first.id)).toBe(false);
});

it('keeps the requests of a command that changed', () => {
  const detail = log[0]!;
  const { requests, ...command } = detail.commands[0]!;
  const result = applyToDetail(detail, [{ kind: 'command', command: { ...command, outcome: 'failed' } }]);
  expect(result.commands[0]).toMatchObject({ outcome: 'failed', requests });
});

it('completes a request that was running', () => {
  const detail = log[0]!;
  const command = detail.commands.find(({ outcome }) => outcome === 'running')!;
  const running = command.requests.at(-1)!;
  const completed = { ...running, completedAt: '2026-11-23T12:00:00.000Z', durationMs: 12 };
  const result = applyToDetail(detail, [{ kind: 'request', commandId: command.id, request: completed }]);
  const found = result.commands.find(({ id }) => id === command.id)!;
  expect(found.requests).toHaveLength(command.requests.length);
  expect(found.requests.at(-1)).toBe(completed);
});

it('leaves a detail alone that an event is not about', () => {
  const detail = log[1]!;
  const { requests: _requests, ...command } = log[0]!.commands[0]!;
  expect(applyToDetail(detail, [{ kind: 'command', command }])).toBe(detail);
});
