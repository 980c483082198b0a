import { expect, test } from 'vitest';
import { parseControllerConfig } from './config.ts';
import { isAdvertisedTooNarrowly } from './controller-address.ts';

const config = (addresses: string) =>
  parseControllerConfig(
    `organisation: acme\ndataDir: /var/lib/postern\noidc: { issuer: https://idp.example, clientId: postern }\n${addresses}`,
    'controller.yaml',
  );

test('a listener that is open to all, but advertised to none, is told', () => {
  expect(isAdvertisedTooNarrowly(config('listen: 0.0.0.0:8443'))).toBe(true);
  expect(isAdvertisedTooNarrowly(config('listen: "[::]:8443"'))).toBe(true);
});

test('one that is advertised, or listens on an address of its own, is not', () => {
  expect(isAdvertisedTooNarrowly(config('listen: 0.0.0.0:8443\nadvertise: [postern.acme.example:8443]'))).toBe(false);
  expect(isAdvertisedTooNarrowly(config('listen: 127.0.0.1:8443'))).toBe(false);
});
