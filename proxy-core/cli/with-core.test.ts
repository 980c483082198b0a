import { expect, test } from 'vitest';
import { startCore } from '../core/start-core.ts';
import { silent, temporaryHome } from '../core/testing-home.ts';
import { memorySecretStore } from '../identity/index.ts';
import { withOwnCore } from './with-core.ts';

test('a command that finds another’s core just started uses that one', async () => {
  await using home = await temporaryHome();
  const options = { secretStore: memorySecretStore(), logger: silent };
  const first = await startCore({ folder: home.folder, ...options });
  try {
    const line = { folder: home.folder } as Parameters<typeof withOwnCore>[0];
    const state = await withOwnCore(line, options, (client) => client.state.get());
    expect(state.identity.kind).toBe('signed-out');
  } finally {
    await first.close();
  }
});
