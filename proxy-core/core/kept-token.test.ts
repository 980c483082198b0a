import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { memorySecretStore } from '../identity/index.ts';
import { KeptToken } from './kept-token.ts';
import { silent } from './testing-home.ts';

const kubeconfig = { kind: 'kubeconfig' } as const;

function deviceKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
}

test('the kubeconfig’s token outlives a restart with the same sign-in', async () => {
  const store = memorySecretStore();
  const key = deviceKey();
  const before = await KeptToken.open(store, silent);
  before.signedIn(key);
  const token = before.tokens.issue(kubeconfig);
  await before.settled();

  const after = await KeptToken.open(store, silent);
  // Also before the sign-in is taken up: a tool that asks meanwhile waits rather than being refused.
  expect(after.tokens.identify(`Bearer ${token}`, {})?.owner).toEqual(kubeconfig);
  after.signedIn(key);
  expect(after.tokens.issue(kubeconfig)).toBe(token);
});

test('another sign-in voids it, at a restart as in between', async () => {
  const store = memorySecretStore();
  const first = await KeptToken.open(store, silent);
  first.signedIn(deviceKey());
  const token = first.tokens.issue(kubeconfig);
  await first.settled();

  const second = await KeptToken.open(store, silent);
  second.signedIn(deviceKey());
  expect(second.tokens.identify(`Bearer ${token}`, {})).toBeUndefined();
  const next = second.tokens.issue(kubeconfig);
  second.signedIn(deviceKey());
  expect(second.tokens.identify(`Bearer ${next}`, {})).toBeUndefined();
});

test('a sign-out removes it from the keychain', async () => {
  const store = memorySecretStore();
  const kept = await KeptToken.open(store, silent);
  kept.signedIn(deviceKey());
  const token = kept.tokens.issue(kubeconfig);
  kept.signedOut();
  await kept.settled();
  expect(await store.read('kubeconfig-token')).toBeUndefined();
  expect(kept.tokens.identify(`Bearer ${token}`, {})).toBeUndefined();
});

test('an entry that cannot be understood counts as none', async () => {
  const store = memorySecretStore();
  await store.write('kubeconfig-token', '{"signIn":"x"');
  const kept = await KeptToken.open(store, silent);
  expect(kept.tokens.issue(kubeconfig)).toHaveLength(43);
});
