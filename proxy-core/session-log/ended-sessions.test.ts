import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Commands } from './commands.ts';
import { request, time, uuid } from './testing-events.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('a session that ended under a running request does not keep its commands for ever', async () => {
  const commands = new Commands();
  const startedAt = (seconds: number) => ({ startedAt: time(seconds).toISOString() });
  const ofEndedSession = (): WeakRef<object> => {
    const watch = request(1, startedAt(1));
    const command = commands.requestStarted(watch, uuid(1), null);
    commands.sessionEnded(uuid(1));
    commands.requestCompleted(command, { ...watch, completedAt: time(2).toISOString() });
    return new WeakRef(command);
  };
  const kept = ofEndedSession();
  commands.requestStarted(request(2, startedAt(3)), uuid(2), null);
  await new Promise(setImmediate);
  collect();
  expect(kept.deref()).toBeDefined();
  commands.requestStarted(request(3, startedAt(24 * 60 * 60)), uuid(3), null);
  await new Promise(setImmediate);
  collect();
  expect(kept.deref()).toBeUndefined();
});
