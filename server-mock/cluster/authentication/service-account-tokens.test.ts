import { describe, expect, it } from 'vitest';
import type { Clock } from '../clock.ts';
import { ObjectStore } from '../store.ts';
import { ServiceAccountTokens } from './service-account-tokens.ts';

async function setUp() {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock: Clock = { now: () => now, after: () => () => {} };
  const store = new ObjectStore(clock);
  const metadata = { name: 'robot', namespace: 'default' };
  const account = store.create('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const tokens = await ServiceAccountTokens.create(store, clock);
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { store, tokens, account, pass };
}

describe('a service-account token', () => {
  it('names its account, its groups and itself', async () => {
    const { tokens, account } = await setUp();
    const { token } = await tokens.issue(account, { audiences: [], expirationSeconds: 600 });
    expect(await tokens.identify(token)).toEqual({
      name: 'system:serviceaccount:default:robot',
      uid: account.metadata.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
    });
  });

  it('is good until it expires, also when it was looked at before', async () => {
    const { tokens, account, pass } = await setUp();
    const { token } = await tokens.issue(account, { audiences: [], expirationSeconds: 600 });
    pass(599);
    expect(await tokens.identify(token)).toBeDefined();
    pass(1);
    expect(await tokens.identify(token)).toBeUndefined();
  });

  it('bound to a pod ends with the pod', async () => {
    const { store, tokens, account } = await setUp();
    const pod = store.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
    });
    const boundPod = { name: 'web', uid: pod.metadata.uid };
    const { token } = await tokens.issue(account, { audiences: [], expirationSeconds: 600, boundPod });
    expect(await tokens.identify(token)).toBeDefined();
    store.remove('pods', 'default', 'web');
    expect(await tokens.identify(token)).toBeUndefined();
  });

  it('of another cluster, altered or unsigned is worth nothing', async () => {
    const { tokens, account } = await setUp();
    const other = await setUp();
    const { token } = await tokens.issue(account, { audiences: [], expirationSeconds: 600 });
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const altered = Buffer.from(JSON.stringify({ ...claims, sub: 'system:serviceaccount:kube-system:root' }));
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    for (const forged of [
      `${header}.${altered.toString('base64url')}.${signature}`,
      `${none}.${payload}.`,
      'x.y.z',
      '',
    ]) {
      expect(await tokens.identify(forged)).toBeUndefined();
    }
    expect(await other.tokens.identify(token)).toBeUndefined();
  });
});
