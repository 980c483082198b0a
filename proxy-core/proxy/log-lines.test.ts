import { expect, test } from 'vitest';
import { startTestProxy, until } from './testing-proxy.ts';
import type { RequestOwner } from './types.ts';

const alice: RequestOwner = {
  user: 'alice@acme.example',
  groups: ['developers'],
  device: { id: 'd1', name: 'laptop' },
};

test('a request that closing cuts has both its lines when closing is over', async () => {
  await using test = await startTestProxy({ gateway: () => undefined });
  const socket = await test.dial();
  socket.on('error', () => {});
  socket.write(test.head('/clusters/dev/api/v1/pods'));
  await until(() => test.seen.length === 1);
  await test.proxy.close({ graceMs: 0 });
  expect(test.log.started).toHaveLength(1);
  expect(test.log.completed).toHaveLength(1);
});

test('a request that is refused as its person signs out is logged as that person’s', async () => {
  let owner: RequestOwner | undefined = alice;
  await using test = await startTestProxy({ gateway: () => undefined, owner: () => owner });
  const answer = test.exchange(test.head('/clusters/dev/api/v1/pods', ['Connection: close']));
  await until(() => test.seen.length === 1);
  owner = undefined;
  test.setState({ kind: 'signed-out' });
  expect(await answer).toMatch(/^HTTP\/1\.1 401 /);
  await until(() => test.log.completed.length === 1);
  expect(test.log.started).toMatchObject([{ event: { user: alice.user, device: alice.device } }]);
});

test('an answer that comes as the next person signs in is logged as the first one’s', async () => {
  let owner: RequestOwner | undefined = alice;
  await using test = await startTestProxy({ owner: () => owner, gateway: (_, response) => void response.end('{}') });
  const answer = test.exchange(test.head('/clusters/dev/api/v1/pods', ['Connection: close']));
  await until(() => test.seen.length === 1);
  owner = { ...alice, user: 'bob@acme.example' };
  await answer;
  await until(() => test.log.completed.length === 1);
  expect(test.log.started).toMatchObject([{ event: { user: alice.user } }]);
});
