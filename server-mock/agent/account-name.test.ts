import { expect, test } from 'vitest';
import { accountLabel, accountName } from './account-name.ts';

test.each([
  ['demos@rafay.co', 'demos-64rafay-46co'],
  ['alice', 'alice'],
  ['alice@acme.example', 'alice-64acme-46example'],
  ['Alice', 'u--65lice'],
  ['bob-2', 'bob-45-50'],
  ['a@1', 'a-64-49'],
  ['a@12b3', 'a-64-49-50b3'],
  ['aʁ', 'a-641'],
  ['_x', 'u--95x'],
  ['jürgen', 'j-252rgen'],
  ['😀', 'u--128512'],
  ['system:node', 'system-58node'],
  ['42', '42'],
  ['default', 'u--default'],
])('%s has the account %s', (user, name) => {
  expect(accountName(user)).toBe(name);
});

test('a role other than the default one is a suffix', () => {
  expect(accountName('demos@rafay.co', 'admin')).toBe('demos-64rafay-46co.admin');
});

test('no two users share an account', () => {
  const users = [
    'a@1',
    'a\u0281',
    'a-641',
    'a-64',
    'a@',
    'u-@',
    '@',
    'u--64',
    'default',
    'u--default',
    'A',
    'a',
    'a.b',
    'a-46b',
    'a b',
    'a\u00a0b',
  ];
  for (const length of [179, 180, 181, 400])
    users.push('x'.repeat(length), `${'x'.repeat(length)}@`, '@'.repeat(length));
  expect(new Set(users.map((user) => accountName(user))).size).toBe(new Set(users).size);
});

test('every name is one that Kubernetes accepts', () => {
  for (const user of [
    '@',
    'A',
    '-',
    '.',
    'ÿ'.repeat(300),
    `${'x'.repeat(99)}@`.repeat(9),
    '😀'.repeat(64),
    ' ',
    '\u0000',
  ]) {
    const name = accountName(user, 'r'.repeat(63));
    expect(name.length).toBeLessThanOrEqual(253);
    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    expect(accountLabel(name).length).toBeLessThanOrEqual(63);
    expect(accountLabel(name)).toMatch(/^[a-z0-9]([-a-z0-9_.]*[a-z0-9])?$/);
  }
});
