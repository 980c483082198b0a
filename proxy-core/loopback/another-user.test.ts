import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { isOfAnotherUser } from './another-user.ts';

const nobody = 65_534;
const canBeAnother = process.platform === 'linux' && process.getuid?.() === 0;

/** Both ends of a connection that this process made as `uid`. */
async function connected(uid: number | undefined, host = '127.0.0.1') {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const accepted = once(server, 'connection');
  if (uid !== undefined) process.seteuid?.(uid);
  const client = connect((server.address() as AddressInfo).port, host);
  await once(client, 'connect');
  if (uid !== undefined) process.seteuid?.(0);
  const [theirs] = (await accepted) as [Socket];
  return {
    client,
    theirs,
    [Symbol.dispose]() {
      client.destroy();
      theirs.destroy();
      server.close();
    },
  };
}

test.each(['127.0.0.1', '::ffff:127.0.0.1'])('who connects to %s as the same user is known', async (host) => {
  using connection = await connected(undefined, host);
  expect(isOfAnotherUser(connection.theirs)).toBe(false);
});

test.skipIf(!canBeAnother).each(['127.0.0.1', '::ffff:127.0.0.1'])(
  'who connects to %s as another user is told apart',
  async (host) => {
    using connection = await connected(nobody, host);
    expect(isOfAnotherUser(connection.theirs)).toBe(true);
  },
);

test.skipIf(process.platform !== 'linux')('a connection that was broken off has no owner to trust', async () => {
  using connection = await connected(undefined);
  const { client, theirs } = connection;
  const { localPort, remotePort } = theirs;
  const closed = new Promise((resolve) => theirs.on('error', () => undefined).once('close', resolve));
  theirs.resume();
  client.resetAndDestroy();
  await closed;
  expect(isOfAnotherUser({ localPort, remotePort })).toBe(true);
});

test('where the kernel’s tables are always empty, as in WSL 1, nobody is shut out', async () => {
  using connection = await connected(undefined);
  expect(isOfAnotherUser(connection.theirs, () => '')).toBe(false);
});
