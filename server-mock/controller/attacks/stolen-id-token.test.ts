import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, TestOrganisation } from '../fixtures/controller.ts';
import { type KeyPair, newKeyPair } from '../fixtures/device.ts';

let acme: TestOrganisation;
let api: Api;
beforeAll(async () => {
  acme = await TestOrganisation.start();
  ({ api } = await acme.https());
});
afterAll(() => acme[Symbol.asyncDispose]());

const person = (name: string) => ({ sub: name, email: name, groups: ['developers'] });
const exchange = (idToken: string, { certificateRequest }: KeyPair) =>
  api.signIn.exchange({ idToken, certificateRequest, deviceName: 'laptop' });
const seconds = () => Math.floor(Date.now() / 1000);

describe('an ID token', () => {
  test('buys a certificate for the key that its nonce names', async () => {
    const keys = await newKeyPair();
    const exchanged = await exchange(
      await acme.idp.token({ ...person('a@acme.example'), nonce: keys.thumbprint }),
      keys,
    );
    expect(exchanged.user).toMatchObject({ name: 'a@acme.example', groups: ['developers'], isAdministrator: false });
  });

  test('that was stolen buys nothing with the thief’s own key', async () => {
    const [victim, thief] = [await newKeyPair(), await newKeyPair()];
    const idToken = await acme.idp.token({ ...person('a@acme.example'), nonce: victim.thumbprint });
    await expect(exchange(idToken, thief)).rejects.toMatchObject({ code: 'POSTERN_ID_TOKEN_REFUSED', status: 401 });
  });

  test('that was stolen buys nothing with a certificate request that was stolen along and changed', async () => {
    const [victim, thief] = [await newKeyPair(), await newKeyPair()];
    const idToken = await acme.idp.token({ ...person('a@acme.example'), nonce: victim.thumbprint });
    const graft = victim.certificateRequest.slice(0, 200) + thief.certificateRequest.slice(200);
    await expect(api.signIn.exchange({ idToken, certificateRequest: graft, deviceName: 'x' })).rejects.toMatchObject({
      code: 'POSTERN_CERTIFICATE_REQUEST_REFUSED',
    });
  });

  test('without a nonce buys nothing for a key that was never certified', async () => {
    await expect(exchange(await acme.idp.token(person('a@acme.example')), await newKeyPair())).rejects.toMatchObject({
      code: 'POSTERN_ID_TOKEN_REFUSED',
    });
  });

  test('without a nonce renews the key that was certified for the same person, and no other person’s', async () => {
    const keys = await newKeyPair();
    await exchange(await acme.idp.token({ ...person('a@acme.example'), nonce: keys.thumbprint }), keys);
    await expect(exchange(await acme.idp.token(person('a@acme.example')), keys)).resolves.toBeDefined();
    await expect(exchange(await acme.idp.token(person('b@acme.example')), keys)).rejects.toMatchObject({
      code: 'POSTERN_ID_TOKEN_REFUSED',
    });
    await expect(
      exchange(await acme.idp.token({ ...person('a@acme.example'), sub: 'somebody else with that address' }), keys),
    ).rejects.toMatchObject({ code: 'POSTERN_ID_TOKEN_REFUSED' });
  });

  test('from before the last one does not bring back the groups that were lost', async () => {
    const keys = await newKeyPair();
    const old = await acme.idp.token({ ...person('c@acme.example'), nonce: keys.thumbprint, iat: seconds() - 60 });
    await exchange(old, keys);
    await exchange(await acme.idp.token({ ...person('c@acme.example'), groups: [] }), keys);
    await expect(exchange(old, keys)).rejects.toMatchObject({ code: 'POSTERN_ID_TOKEN_REFUSED' });
  });

  test('on another device from before the newest one leaves the newest groups in force', async () => {
    const [one, two] = [await newKeyPair(), await newKeyPair()];
    const old = await acme.idp.token({ ...person('d@acme.example'), nonce: two.thumbprint, iat: seconds() - 60 });
    await exchange(await acme.idp.token({ ...person('d@acme.example'), groups: [], nonce: one.thumbprint }), one);
    expect((await exchange(old, two)).user.groups).toEqual([]);
  });

  test.each([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another audience', { aud: 'another-client' }],
    ['for several audiences by another client', { aud: ['postern', 'another'], azp: 'another' }],
    ['that has expired', { iat: seconds() - 7_200, exp: seconds() - 3_600 }],
    ['from the future', { iat: seconds() + 3_600, exp: seconds() + 7_200 }],
    ['without an expiry', { exp: undefined }],
    ['without a subject', { sub: undefined }],
    ['without the user name’s claim', { email: undefined }],
    ['with an address that is not verified', { email_verified: false }],
    ['with an address that is not verified, in the words of some providers', { email_verified: 'false' }],
    ['with a user name that would break a log line', { email: 'a@acme.example\nuser=admin' }],
    ['with groups that are not names', { groups: [{ admin: true }] }],
    ['with more groups than anybody has', { groups: Array.from({ length: 1_001 }, (_, index) => `g${index}`) }],
  ])('%s is refused', async (_, claims) => {
    const keys = await newKeyPair();
    const idToken = await acme.idp.token({ ...person('a@acme.example'), nonce: keys.thumbprint, ...claims });
    await expect(exchange(idToken, keys)).rejects.toMatchObject({ code: 'POSTERN_ID_TOKEN_REFUSED', status: 401 });
  });

  test.each([
    ['a name of which the certificate shows only the beginning', `${'a'.repeat(63)}😀@acme.example`],
    ['a name of 250 letters of many scripts', 'ж名é😀'.repeat(50)],
  ])('signs in %s', async (_, name) => {
    const keys = await newKeyPair();
    const signedIn = await exchange(await acme.idp.token({ ...person(name), nonce: keys.thumbprint }), keys);
    expect(signedIn.user.name).toBe(name);
  });

  test('with a name that is no text is refused', async () => {
    const keys = await newKeyPair();
    const idToken = await acme.idp.token({ ...person('a\ud83d@acme.example'), nonce: keys.thumbprint });
    await expect(exchange(idToken, keys)).rejects.toMatchObject({ code: 'POSTERN_ID_TOKEN_REFUSED' });
  });

  test('that nobody signed, or that was signed with what is public, is refused', async () => {
    const keys = await newKeyPair();
    const payload = {
      iss: acme.idp.issuer,
      aud: 'postern',
      iat: seconds(),
      exp: seconds() + 60,
      ...person('a@acme.example'),
      nonce: keys.thumbprint,
    };
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const none = `${encode({ alg: 'none' })}.${encode(payload)}.`;
    const signed = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(payload)}`;
    const hmac = `${signed}.${createHmac('sha256', 'postern').update(signed).digest('base64url')}`;
    const good = await acme.idp.token({ ...person('a@acme.example'), nonce: keys.thumbprint });
    const [head, , signature] = good.split('.');
    const changed = `${head}.${encode({ ...payload, groups: ['platform-admins'] })}.${signature}`;
    for (const idToken of [none, hmac, changed, '', 'a.b.c', '\0']) {
      await expect(exchange(idToken, keys)).rejects.toMatchObject({ code: 'POSTERN_ID_TOKEN_REFUSED' });
    }
  });
});

describe('the identity provider', () => {
  test('may rotate its keys at any time', async () => {
    await acme.idp.rotate();
    const keys = await newKeyPair();
    // Keys are read again at most every few seconds.
    await expect
      .poll(
        async () =>
          exchange(await acme.idp.token({ ...person('e@acme.example'), nonce: keys.thumbprint }), keys).then(
            () => 'signed in',
            (error: Error) => error.message,
          ),
        { timeout: 8_000, interval: 500 },
      )
      .toBe('signed in');
  }, 10_000);

  test('that is down is named as the reason, and signing in works again once it is back', async () => {
    await using other = await TestOrganisation.start();
    const keys = await newKeyPair();
    const { api } = await other.https();
    const idToken = await other.idp.token({ ...person('a@acme.example'), nonce: keys.thumbprint });
    const attempt = () =>
      api.signIn.exchange({ idToken, certificateRequest: keys.certificateRequest, deviceName: 'x' });
    other.idp.setReachable(false);
    await expect(attempt()).rejects.toMatchObject({ code: 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE', status: 503 });
    other.idp.setReachable(true);
    await expect(attempt()).resolves.toBeDefined();
  });
});
