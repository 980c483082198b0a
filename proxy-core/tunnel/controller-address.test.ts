import { expect, test } from 'vitest';
import { controllerOrigin, formatControllerUrl, parseControllerUrl, pinOf } from './controller-address.ts';
import { createTestAuthority } from './testing-certificates.ts';

const pin = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA';

test('a controller URL gives host, port and pin, and comes back the same', () => {
  for (const url of [
    `https://postern.example.org:8443#ca=sha256:${pin}`,
    'https://postern.example.org:443',
    `https://[::1]:8443#ca=sha256:${pin}`,
  ]) {
    expect(formatControllerUrl(parseControllerUrl(url))).toBe(url);
  }
  expect(parseControllerUrl(` https://postern.example.org/#ca=sha256:${pin}= `)).toEqual({
    host: 'postern.example.org',
    port: 443,
    pin,
  });
});

test('the origin is for HTTPS calls and holds no pin', () => {
  expect(controllerOrigin({ host: '::1', port: 8443, pin })).toBe('https://[::1]:8443');
});

test.each([
  ['', /is not a URL/],
  ['postern.example.org', /is not a URL/],
  ['http://postern.example.org', /must begin with https/],
  ['https://postern.example.org/console', /no path/],
  ['https://postern.example.org?x=1', /no query/],
  ['https://alice:secret@postern.example.org', /user name/],
  ['https://postern.example.org#ca=sha256:cutoff', /pin that cannot be read/],
  ['https://postern.example.org#ca=md5:abc', /pin that cannot be read/],
])('%j is refused with what is wrong', (url, message) => {
  expect(() => parseControllerUrl(url)).toThrow(message);
  expect(() => parseControllerUrl(url)).toThrow(expect.objectContaining({ code: 'POSTERN_CONTROLLER_URL_INVALID' }));
});

test('a password in the URL does not get into the message', () => {
  expect(() => parseControllerUrl('https://alice:secret@postern.example.org')).not.toThrow(/secret/);
});

test('the pin names the key of the authority', async () => {
  const { ca } = await createTestAuthority();
  expect(pinOf(ca)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(pinOf(ca)).not.toBe(pinOf((await createTestAuthority()).ca));
});
