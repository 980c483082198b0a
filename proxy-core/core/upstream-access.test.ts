import { expect, test } from 'vitest';
import { createTestAuthority } from '../tunnel/testing-certificates.ts';
import { accessState, deviceIdOf } from './upstream-access.ts';

test('the device is the one that its certificate names', async () => {
  const authority = await createTestAuthority();
  const { certificate } = await authority.clientCertificate('alice@acme.example', {
    uri: 'postern://device/019ab3c4-0000-7000-8000-000000000000',
  });
  expect(deviceIdOf(certificate)).toBe('019ab3c4-0000-7000-8000-000000000000');
  expect(deviceIdOf((await authority.clientCertificate('alice@acme.example')).certificate)).toBe('');
});

test('with no controller known, requests are told that nobody is signed in', () => {
  expect(accessState(undefined)).toEqual({ kind: 'signed-out' });
});
