import { expect, test } from 'vitest';
import type { ClusterSelector } from '../../../proxy-core/contract/policy.ts';
import { selectsCluster } from './selector.ts';

const dev = { name: 'dev', labels: { env: 'dev', 'acme.example/team': 'shop' } };

test.each<[boolean, ClusterSelector]>([
  [true, { names: ['dev', 'prod'] }],
  [false, { names: ['prod'] }],
  [true, { matchLabels: {} }],
  [true, { matchLabels: { env: 'dev' } }],
  [false, { matchLabels: { env: 'dev', tier: 'x' } }],
  [false, { matchLabels: { constructor: '' } }],
  [false, { names: ['dev'], matchLabels: { env: 'prod' } }],
  [true, { matchExpressions: [{ key: 'env', operator: 'In', values: ['dev', 'test'] }] }],
  [false, { matchExpressions: [{ key: 'env', operator: 'In' }] }],
  [false, { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['dev'] }] }],
  [true, { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['dev'] }] }],
  [true, { matchExpressions: [{ key: 'acme.example/team', operator: 'Exists' }] }],
  [false, { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] }],
  [
    false,
    {
      matchExpressions: [
        { key: 'env', operator: 'Exists' },
        { key: 'zone', operator: 'Exists' },
      ],
    },
  ],
])('%s: %j', (expected, selector) => {
  expect(selectsCluster(selector, dev)).toBe(expected);
});
