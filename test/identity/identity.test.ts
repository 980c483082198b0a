import { createHash, createPublicKey } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SignInProgress } from '../../proxy-core/contract/app.ts';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import {
  Identity,
  type IdentityOptions,
  memorySecretStore,
  type SecretStore,
} from '../../proxy-core/identity/index.ts';
import { type Clock, TunnelError } from '../../proxy-core/tunnel/index.ts';
import { type IdentityProvider, startIdentityProvider } from '../../server-mock/idp/index.ts';
import { logInAtIdp } from '../support/log-in-at-idp.ts';

const bob = { username: 'bob@acme.example', password: 'postern' };

class FakeClock implements Clock {
  time = Date.parse('2026-01-05T09:00:00Z');
  readonly timers = new Set<{ at: number; callback: () => void }>();
  now = () => this.time;
  setTimeout = (callback: () => void, delayMs: number) => {
    const timer = { at: this.time + delayMs, callback };
    this.timers.add(timer);
    return timer;
  };
  clearTimeout = (timer: unknown) => void this.timers.delete(timer as { at: number; callback: () => void });
  advance(ms: number): void {
    this.time += ms;
    for (const timer of [...this.timers]) {
      if (timer.at > this.time || !this.timers.delete(timer)) continue;
      timer.callback();
    }
  }
}

/** Stands where the controller stands: remembers what it was asked and says who the ID token names. */
function exchangeDouble(clock: Clock) {
  const requests: { claims: Record<string, unknown>; certificateRequest: string }[] = [];
  const exchangeCertificate: IdentityOptions['exchangeCertificate'] = async ({ idToken, certificateRequest }) => {
    const claims = decodeJwt(idToken) as Record<string, unknown>;
    requests.push({ claims, certificateRequest });
    return {
      certificate: `certificate ${requests.length}`,
      expiresAt: new Date(clock.now() + 8 * 3_600_000).toISOString(),
      deviceId: 'device-1',
      user: {
        name: String(claims.email),
        displayName: String(claims.name),
        groups: claims.groups as string[],
        isAdministrator: false,
      },
    };
  };
  return { requests, exchangeCertificate };
}

describe('identity against a real OpenID provider', { timeout: 10_000 }, () => {
  let idp: IdentityProvider;
  let clock: FakeClock;
  let store: SecretStore;
  let exchange: ReturnType<typeof exchangeDouble>;
  let opened: string[];
  const identities: Identity[] = [];

  beforeEach(async () => {
    idp = await startIdentityProvider();
    clock = new FakeClock();
    store = memorySecretStore();
    exchange = exchangeDouble(clock);
    opened = [];
  });

  afterEach(async () => {
    for (const identity of identities.splice(0)) void identity.close();
    await idp.close();
  });

  function create(overrides: Partial<IdentityOptions> = {}): Identity {
    const identity = new Identity({
      controllerUrl: 'https://controller.example',
      oidc: {
        issuer: idp.issuer,
        clientId: idp.clientId,
        scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
      },
      deviceName: 'test',
      secretStore: store,
      exchangeCertificate: exchange.exchangeCertificate,
      openBrowser: async (url) => void opened.push(url),
      clock,
      random: () => 0.5,
      ...overrides,
    });
    identities.push(identity);
    return identity;
  }

  async function signInAndStop(): Promise<void> {
    const identity = create();
    await signIn(identity);
    await identity.close();
  }

  async function signIn(identity: Identity, method: 'browser' | 'url' = 'url'): Promise<SignInProgress[]> {
    const seen: SignInProgress[] = [];
    for await (const progress of identity.signIn(method)) {
      seen.push(progress);
      if (progress.kind === 'url') await logInAtIdp(progress.url, bob);
    }
    return seen;
  }

  it('signs in with PKCE through the login page and learns name and groups', async () => {
    const identity = create();
    const seen = await signIn(identity);

    expect(seen.map((progress) => progress.kind)).toEqual(['url', 'done']);
    expect(new URL((seen[0] as { url: string }).url).searchParams.get('code_challenge_method')).toBe('S256');
    expect(identity.state).toMatchObject({
      kind: 'signed-in',
      user: { name: bob.username, groups: ['developers'] },
      storage: 'memory',
    });
    expect(opened).toEqual([]);
  });

  it('binds the ID token to the device key through its nonce', async () => {
    const identity = create();
    await signIn(identity);
    const spki = createPublicKey(identity.credentials()?.key ?? '').export({ format: 'der', type: 'spki' });
    expect(exchange.requests[0]?.claims.nonce).toBe(createHash('sha256').update(spki).digest('base64url'));
    expect(exchange.requests[0]?.certificateRequest).toContain('BEGIN CERTIFICATE REQUEST');
  });

  it('lets a second sign-in join the first and opens the browser once', async () => {
    const identity = create();
    const first = signIn(identity, 'browser');
    const second: SignInProgress[] = [];
    for await (const progress of identity.signIn('browser')) second.push(progress);
    await first;
    expect(second.at(-1)?.kind).toBe('done');
    expect(opened).toHaveLength(1);
    expect(exchange.requests).toHaveLength(1);
  });

  it('does not let a page that guesses the port end a sign-in', async () => {
    const identity = create();
    for await (const progress of identity.signIn('url')) {
      if (progress.kind !== 'url') continue;
      const redirect = new URL(new URL(progress.url).searchParams.get('redirect_uri') ?? '');
      const forged = await fetch(`${redirect.href}?error=access_denied&state=guess`);
      expect(forged.status).toBe(404);
      await logInAtIdp(progress.url, bob);
    }
    expect(identity.state.kind).toBe('signed-in');
  });

  it('says that the person or the provider refused', async () => {
    const identity = create();
    const failure = (async () => {
      for await (const progress of identity.signIn('url')) {
        if (progress.kind !== 'url') continue;
        const { searchParams } = new URL(progress.url);
        await fetch(
          `${searchParams.get('redirect_uri')}?error=access_denied&state=${searchParams.get('state')}&iss=${encodeURIComponent(idp.issuer)}`,
        );
      }
    })();
    await expect(failure).rejects.toMatchObject({
      code: 'POSTERN_SIGN_IN_FAILED',
      message: expect.stringContaining('access_denied'),
    });
    expect(identity.state).toMatchObject({ kind: 'signed-out', problem: { code: 'POSTERN_SIGN_IN_FAILED' } });
  });

  it('refuses a response that names another issuer (RFC 9207)', async () => {
    const identity = create();
    const failure = (async () => {
      for await (const progress of identity.signIn('url')) {
        if (progress.kind !== 'url') continue;
        const { searchParams } = new URL(progress.url);
        await fetch(
          `${searchParams.get('redirect_uri')}?code=stolen&state=${searchParams.get('state')}&iss=https%3A%2F%2Fattacker.example`,
        );
      }
    })();
    await expect(failure).rejects.toMatchObject({ code: 'POSTERN_SIGN_IN_FAILED' });
    expect(exchange.requests).toEqual([]);
  });

  it('tells an unreachable provider from a refusal', async () => {
    await idp.close();
    const identity = create();
    await expect(signIn(identity)).rejects.toMatchObject({
      code: 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE',
      hint: expect.any(String),
    });
  });

  it('can be cancelled, and given ten minutes ends by itself', async () => {
    const identity = create();
    const cancelled = (async () => {
      for await (const _ of identity.signIn('url')) identity.cancelSignIn();
    })();
    await expect(cancelled).rejects.toMatchObject({
      code: 'POSTERN_SIGN_IN_FAILED',
      message: expect.stringContaining('cancelled'),
    });
    const forgotten = (async () => {
      for await (const _ of identity.signIn('url')) clock.advance(10 * 60_000);
    })();
    await expect(forgotten).rejects.toMatchObject({ code: 'POSTERN_SIGN_IN_EXPIRED' });
  });

  it('cancels at once while a device code is polled for, and the next sign-in is another', async () => {
    const identity = create();
    const first = identity.signIn('device');
    const prompt = (await first.next()).value as Extract<SignInProgress, { kind: 'device' }>;
    const waiting = first.next();
    identity.cancelSignIn();
    expect(identity.state).toMatchObject({ kind: 'signed-out', problem: { code: 'POSTERN_SIGN_IN_FAILED' } });
    const second = identity.signIn('device');
    const [refused, next] = await Promise.allSettled([waiting, second.next()]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { message: 'The sign-in was cancelled' } });
    const promptAgain = (next as PromiseFulfilledResult<IteratorResult<SignInProgress>>).value.value;
    expect(promptAgain).toMatchObject({ kind: 'device' });
    expect((promptAgain as typeof prompt).userCode).not.toBe(prompt.userCode);
    // What the first one ended with is no news any more.
    expect(identity.state).toMatchObject({ kind: 'signing-in', userCode: (promptAgain as typeof prompt).userCode });
  });

  it('does not open a browser for a sign-in that was cancelled before its address was known', async () => {
    const identity = create();
    const signingIn = identity.signIn('browser').next();
    identity.cancelSignIn();
    await expect(signingIn).rejects.toMatchObject({ message: 'The sign-in was cancelled' });
    await signIn(identity);
    expect(opened).toEqual([]);
    expect(identity.state.kind).toBe('signed-in');
  });

  it.each(['certified', 'stored'] as const)(
    'leaves nothing behind when cancelled while it is being %s',
    async (step) => {
      const reached = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      const pause = async () => {
        reached.resolve();
        await go.promise;
      };
      const identity = create({
        exchangeCertificate: async (input, signal) => {
          if (step === 'certified') await pause();
          return exchange.exchangeCertificate(input, signal);
        },
        secretStore: {
          ...store,
          write: async (name, secret) => {
            await store.write(name, secret);
            if (step === 'stored') await pause();
          },
        },
      });
      const failure = expect(signIn(identity)).rejects.toMatchObject({ message: 'The sign-in was cancelled' });
      await reached.promise;
      identity.cancelSignIn();
      await failure;
      const signedOut = identity.signOut();
      go.resolve();
      await signedOut;
      expect(identity.state).toEqual({ kind: 'signed-out', problem: null });
      expect(identity.credentials()).toBeUndefined();
      expect(await store.read('device')).toBeUndefined();
      expect(await store.read('refresh-token')).toBeUndefined();
    },
  );

  it('renews silently at two thirds of the certificate’s life, with the rotated refresh token', async () => {
    const identity = create();
    await signIn(identity);
    const before = await store.read('refresh-token');
    clock.advance(6 * 3_600_000);
    await identity.renew();
    expect(identity.credentials()?.certificate).toBe('certificate 2');
    expect(await store.read('refresh-token')).not.toBe(before);
    expect(exchange.requests[1]?.claims.groups).toEqual(['developers']);
  });

  it('does not renew without a pause where this machine’s clock is ahead of a short certificate’s end', async () => {
    const identity = create({
      exchangeCertificate: async (input, signal) => ({
        ...(await exchange.exchangeCertificate(input, signal)),
        expiresAt: new Date(clock.now() - 60_000).toISOString(),
      }),
    });
    await signIn(identity);
    expect(clock.timers.size).toBe(1);
    for (const { at } of clock.timers) expect(at - clock.time).toBeGreaterThanOrEqual(30_000);
  });

  it('keeps the token that comes while it is being closed, and then rests', async () => {
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const identity = create({
      fetch: async (input, init) => {
        if (String(init?.body).includes('refresh_token')) {
          asked.resolve();
          await go.promise;
        }
        return fetch(input, init);
      },
    });
    await signIn(identity);
    const before = await store.read('refresh-token');
    void identity.renew();
    await asked.promise;
    const closed = identity.close();
    go.resolve();
    await closed;
    expect(await store.read('refresh-token')).not.toBe(before);
    expect(clock.timers.size).toBe(0);
  });

  it('gives up a renewal that hangs when it is closed, and does not try again', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    const identity = create({
      fetch: async (input, init) => {
        if (!String(init?.body).includes('refresh_token')) return fetch(input, init);
        const signal = init?.signal as AbortSignal;
        asked.resolve(signal);
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    });
    await signIn(identity);
    const renewal = identity.renew();
    const signal = await asked.promise;
    const closed = identity.close();
    clock.advance(1_000);
    await closed;
    expect(signal.aborted).toBe(true);
    await renewal;
    expect(clock.timers.size).toBe(0);
  });

  it('takes up a former sign-in without a browser', async () => {
    await signInAndStop();
    const later = create();
    await later.restore();
    expect(later.state).toMatchObject({ kind: 'signed-in', user: { name: bob.username } });
    expect(exchange.requests).toHaveLength(1);
    expect(opened).toEqual([]);
  });

  it('renews on restore where the certificate ended meanwhile', async () => {
    await signInAndStop();
    clock.advance(9 * 3_600_000);
    const later = create();
    await later.restore();
    expect(later.state.kind).toBe('signed-in');
    expect(later.credentials()?.certificate).toBe('certificate 2');
  });

  it('is signed out with a reason where the certificate ended and the refresh token is refused', async () => {
    await signInAndStop();
    await store.write('refresh-token', 'forged');
    clock.advance(9 * 3_600_000);
    const later = create();
    await later.restore();
    expect(later.state).toMatchObject({
      kind: 'signed-out',
      problem: { code: 'POSTERN_CERTIFICATE_EXPIRED', hint: 'sign in again' },
    });
    expect(await store.read('device')).toBeUndefined();
  });

  it('does not ask again and again with a refresh token that was refused', async () => {
    await signInAndStop();
    await store.write('refresh-token', 'forged');
    const later = create();
    await later.restore();
    clock.advance(6 * 3_600_000);
    await later.renew();
    expect(later.state.kind).toBe('signed-in');
    expect([...clock.timers].map(({ at }) => at - clock.time)).toEqual([2 * 3_600_000]);
    clock.advance(2 * 3_600_000);
    await later.renew();
    expect(later.state).toMatchObject({ kind: 'signed-out', problem: { code: 'POSTERN_CERTIFICATE_EXPIRED' } });
  });

  it('keeps the refresh token while the provider is only unreachable', async () => {
    await signInAndStop();
    clock.advance(9 * 3_600_000);
    await idp.close();
    const later = create();
    await later.restore();
    expect(later.state).toMatchObject({
      kind: 'signed-out',
      problem: { code: 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE' },
    });
    expect(await store.read('refresh-token')).toBeDefined();
  });

  it.each([
    ['throttles', () => Response.json({ error: 'too_many_requests' }, { status: 429 })],
    ['is in maintenance', () => new Response('<html>Back soon</html>', { headers: { 'content-type': 'text/html' } })],
    ['breaks', () => Response.json({ error: 'server_error' }, { status: 500 })],
    ['says that it cannot at the moment', () => Response.json({ error: 'temporarily_unavailable' }, { status: 400 })],
  ])('keeps the sign-in while the provider %s, and takes it up once it does not', async (_, answer) => {
    await signInAndStop();
    clock.advance(9 * 3_600_000);
    let isWell = false;
    const later = create({
      fetch: async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        return pathname === '/token' && !isWell ? answer() : fetch(input, init);
      },
    });
    await later.restore();
    expect(later.state).toMatchObject({
      kind: 'signed-out',
      problem: { code: 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE' },
    });
    expect(await store.read('refresh-token')).toBeDefined();
    isWell = true;
    clock.advance(60_000);
    await later.renew();
    expect(later.state).toMatchObject({ kind: 'signed-in', user: { name: bob.username } });
  });

  it('keeps the sign-in while the controller is away, and takes it up once it is back', async () => {
    await signInAndStop();
    clock.advance(9 * 3_600_000);
    let isAway = true;
    const later = create({
      exchangeCertificate: async (input, signal) => {
        if (isAway) throw new TunnelError('POSTERN_CONTROLLER_UNREACHABLE', 'controller.example does not answer');
        return exchange.exchangeCertificate(input, signal);
      },
    });
    await later.restore();
    expect(later.state).toMatchObject({ kind: 'signed-out', problem: { code: 'POSTERN_CONTROLLER_UNREACHABLE' } });
    isAway = false;
    clock.advance(60_000);
    await later.renew();
    expect(later.state).toMatchObject({ kind: 'signed-in', user: { name: bob.username } });
  });

  it('gives up a renewal that the controller never answers, and tries again', async () => {
    await signInAndStop();
    clock.advance(7 * 3_600_000);
    const asked = Promise.withResolvers<AbortSignal>();
    const later = create({
      exchangeCertificate: (_, signal) => {
        asked.resolve(signal);
        return new Promise(() => undefined);
      },
    });
    await later.restore();
    const renewal = later.renew();
    const signal = await asked.promise;
    clock.advance(30_000);
    await renewal;
    expect(signal.aborted).toBe(true);
    expect(later.state.kind).toBe('signed-in');
    expect([...clock.timers].map(({ at }) => at - clock.time)).toEqual([45_000]);
  });

  it('does not let a renewal in the background end the sign-in of a person', async () => {
    await signInAndStop();
    await store.write('refresh-token', 'forged');
    clock.advance(9 * 3_600_000);
    let isAway = true;
    const later = create({
      fetch: async (input, init) => {
        if (isAway) throw new TypeError('fetch failed');
        return fetch(input, init);
      },
    });
    await later.restore();
    expect(later.state).toMatchObject({ problem: { code: 'POSTERN_IDENTITY_PROVIDER_UNREACHABLE' } });
    isAway = false;
    for await (const progress of later.signIn('url')) {
      if (progress.kind !== 'url') continue;
      clock.advance(60_000);
      await later.renew();
      expect(later.state.kind).toBe('signing-in');
      await logInAtIdp(progress.url, bob);
    }
    expect(later.state.kind).toBe('signed-in');
  });

  it('goes on to renew in the background after the sign-in of a person came to nothing', async () => {
    await signInAndStop();
    clock.advance(9 * 3_600_000);
    let isAway = true;
    const later = create({
      fetch: async (input, init) => {
        if (isAway) throw new TypeError('fetch failed');
        return fetch(input, init);
      },
    });
    await later.restore();
    isAway = false;
    const signingIn = later.signIn('url');
    await signingIn.next();
    later.cancelSignIn();
    await expect(signingIn.next()).rejects.toMatchObject({ message: 'The sign-in was cancelled' });
    clock.advance(60_000);
    await later.renew();
    expect(later.state).toMatchObject({ kind: 'signed-in', user: { name: bob.username } });
  });

  it('is signed out for good where the controller refuses the renewal', async () => {
    await signInAndStop();
    clock.advance(9 * 3_600_000);
    const later = create({
      exchangeCertificate: async () => {
        throw new PosternError('POSTERN_SESSION_REVOKED', 'the access was revoked by an administrator');
      },
    });
    await later.restore();
    expect(later.state).toMatchObject({
      kind: 'signed-out',
      problem: { code: 'POSTERN_CERTIFICATE_EXPIRED', message: expect.stringContaining('revoked') },
    });
    expect(await store.read('refresh-token')).toBeUndefined();
  });

  it('forgets everything at sign-out, also at the provider', async () => {
    const identity = create();
    await signIn(identity);
    const refreshToken = await store.read('refresh-token');
    await identity.signOut();
    expect(identity.state).toEqual({ kind: 'signed-out', problem: null });
    expect(identity.credentials()).toBeUndefined();
    expect(await store.read('device')).toBeUndefined();
    const response = await fetch(`${idp.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: refreshToken ?? '',
        client_id: idp.clientId,
      }),
    });
    expect(await response.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('is signed out also where the keychain cannot forget', async () => {
    const locked = new Error('the keychain is locked');
    const identity = create({ secretStore: { ...store, remove: () => Promise.reject(locked) } });
    await signIn(identity);
    await expect(identity.signOut()).rejects.toBe(locked);
    expect(identity.state).toEqual({ kind: 'signed-out', problem: null });
    expect(identity.credentials()).toBeUndefined();
  });

  it('has the provider forget also what the keychain cannot', async () => {
    const identity = create({ secretStore: { ...store, remove: () => Promise.reject(new Error('locked')) } });
    await signIn(identity);
    await expect(identity.signOut()).rejects.toThrow('locked');
    expect(await store.read('refresh-token')).toBeDefined();
    clock.advance(9 * 3_600_000);
    const later = create();
    await later.restore();
    expect(later.state).toMatchObject({ kind: 'signed-out', problem: { code: 'POSTERN_CERTIFICATE_EXPIRED' } });
  });

  it('does not take up a former sign-in that is signed out while it is being read', async () => {
    await signInAndStop();
    const go = Promise.withResolvers<void>();
    const later = create({
      secretStore: {
        ...store,
        read: async (name) => {
          const secret = await store.read(name);
          await go.promise;
          return secret;
        },
      },
    });
    const restored = later.restore();
    await later.signOut();
    go.resolve();
    await restored;
    expect(later.state).toEqual({ kind: 'signed-out', problem: null });
    expect(later.credentials()).toBeUndefined();
  });

  it('does not wait long at sign-out for a provider that hangs', async () => {
    const asked = Promise.withResolvers<void>();
    const identity = create({
      fetch: async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        if (!pathname.includes('revocation')) return fetch(input, init);
        asked.resolve();
        return new Promise(() => undefined);
      },
    });
    await signIn(identity);
    const signedOut = identity.signOut();
    await asked.promise;
    clock.advance(3_000);
    await signedOut;
    expect(identity.state).toEqual({ kind: 'signed-out', problem: null });
  });

  it('signs in by device code where there is no browser', async () => {
    const identity = create();
    const seen: SignInProgress[] = [];
    for await (const progress of identity.signIn('device')) {
      seen.push(progress);
      if (progress.kind === 'device') await approveDevice(progress.verificationUrlComplete ?? '', bob);
    }
    expect(seen.map((progress) => progress.kind)).toEqual(['device', 'done']);
    expect(identity.state).toMatchObject({ kind: 'signed-in', user: { name: bob.username } });
  });
});

/** The device flow's pages: confirm the code, log in. */
async function approveDevice(url: string, person: { username: string; password: string }): Promise<void> {
  const cookies = new Map<string, string>();
  const visit = async (target: string | URL, body?: URLSearchParams): Promise<{ url: URL; html: string }> => {
    let next = new URL(target);
    let form = body;
    for (;;) {
      const response = await fetch(next, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
        ...(form ? { method: 'POST', body: form } : {}),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=');
        cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (!location) return { url: next, html: await response.text() };
      next = new URL(location, next);
      form = undefined;
    }
  };
  const hidden = (html: string) =>
    new URLSearchParams(
      [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((match): [string, string] => [
        match[1] ?? '',
        match[2] ?? '',
      ]),
    );
  let current = await visit(url);
  for (let step = 0; step < 4 && !current.html.includes('You are signed in'); step += 1) {
    const action = /action="([^"]+)"/.exec(current.html)?.[1] ?? '';
    const form = hidden(current.html);
    if (current.html.includes('name="password"')) {
      form.set('username', person.username);
      form.set('password', person.password);
    }
    current = await visit(new URL(action, current.url), form);
  }
  if (!current.html.includes('You are signed in'))
    throw new Error(`device flow stuck at ${current.url.pathname}: ${current.html.slice(-600)}`);
}
