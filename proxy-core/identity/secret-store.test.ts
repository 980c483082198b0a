import { expect, test } from 'vitest';
import { openSecretStore } from './secret-store.ts';

/** A keychain that can be locked: it then answers reads as if it were empty, as libsecret does. */
function lockableKeytar() {
  const entries = new Map<string, string>();
  const keytar = {
    isLocked: false,
    entries,
    getPassword: async (_: string, account: string) => (keytar.isLocked ? null : (entries.get(account) ?? null)),
    setPassword: async (_: string, account: string, password: string) => {
      if (keytar.isLocked) throw new Error('Cannot create an item in a locked collection');
      entries.set(account, password);
    },
    deletePassword: async (_: string, account: string) => entries.delete(account),
  };
  return keytar;
}

test('what a locked keychain does not take is held in memory, and goes into it with the next secret that it takes', async () => {
  const keytar = lockableKeytar();
  const warnings: unknown[] = [];
  const store = await openSecretStore({
    service: 'postern-test',
    warn: (cause) => warnings.push(cause),
    loadKeytar: async () => keytar,
  });
  keytar.isLocked = true;
  await store.write('device', 'first');
  await store.write('device', 'second');
  expect(store.kind).toBe('memory');
  expect(await store.read('device')).toBe('second');
  expect(warnings).toHaveLength(2);
  keytar.isLocked = false;
  await store.write('refresh-token', 'token');
  expect(store.kind).toBe('keychain');
  expect([...keytar.entries]).toEqual([
    ['refresh-token', 'token'],
    ['device', 'second'],
  ]);
});

test('what is removed does not come back', async () => {
  const keytar = lockableKeytar();
  const store = await openSecretStore({
    service: 'postern-test',
    warn: () => undefined,
    loadKeytar: async () => keytar,
  });
  keytar.isLocked = true;
  await store.write('refresh-token', 'token');
  keytar.isLocked = false;
  await Promise.all([store.write('kubeconfig-token', 'other'), store.remove('refresh-token')]);
  expect([...keytar.entries.keys()]).toEqual(['kubeconfig-token']);
  expect(await store.read('refresh-token')).toBeUndefined();
});
