import type { IdentityState, Problem, SignInProgress } from '../contract/app.ts';
import { type ErrorCode, PosternError } from '../contract/errors.ts';
import { type Clock, systemClock } from '../tunnel/index.ts';
import { createDeviceKey, type DeviceKey, deviceKeyFromPem } from './device-key.ts';
import { IdentityError } from './errors.ts';
import { OpenIdClient, type OpenIdSettings, type Tokens } from './open-id.ts';
import { type ExchangeCertificate, requestCertificate } from './request-certificate.ts';
import type { SecretStore } from './secret-store.ts';
import { SignInAttempt } from './sign-in-attempt.ts';
import { readStoredSignIn, removeStoredSignIn, type StoredDevice, writeStoredSignIn } from './stored-sign-in.ts';

export interface IdentityOptions {
  controllerUrl: string;
  oidc: OpenIdSettings;
  deviceName: string;
  secretStore: SecretStore;
  exchangeCertificate: ExchangeCertificate;
  /** Opens the system browser; only ever called for a sign-in with method `browser`. */
  openBrowser: (url: string) => Promise<void>;
  fetch?: typeof fetch;
  clock?: Clock;
  /** In [0, 1); spreads the renewals of many devices. */
  random?: () => number;
}

/** What a TLS client needs to prove who it is. */
export interface DeviceCredentials {
  /** PKCS#8 PEM. */
  key: string;
  /** PEM. */
  certificate: string;
}

export type SignInMethod = 'browser' | 'url' | 'device';

interface SignedIn {
  device: StoredDevice;
  key: DeviceKey;
  refreshToken: string | undefined;
}

const signInTimeoutMs = 10 * 60_000;
const renewalRetryMs = 30_000;
/** How long an ordered end waits for a renewal under way. */
const lastRenewalMs = 1_000;
/** How long the provider may take to hear of a sign-out. */
const revocationWaitMs = 3_000;
/** setTimeout's own limit; a timer that fires too early only renews too early. */
const longestTimerMs = 2 ** 31 - 1;

/** What the provider or the controller answers where another try would be answered the same. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'POSTERN_SIGN_IN_FAILED',
  'POSTERN_CERTIFICATE_EXPIRED',
  'POSTERN_ID_TOKEN_REFUSED',
  'POSTERN_CERTIFICATE_REQUEST_REFUSED',
  'POSTERN_SESSION_REVOKED',
  'POSTERN_SIGNED_OUT',
]);

/**
 * Who is signed in on this device, and the certificate that proves it (design section 3).
 *
 * One sign-in at a time: whoever asks while one is under way joins it. The certificate is renewed silently at two thirds of
 * its life from the refresh token; where that fails for good the sign-in lives as long as the certificate.
 */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #openId: OpenIdClient;
  readonly #listeners = new Set<(state: IdentityState) => void>();
  #state: IdentityState = { kind: 'signed-out', problem: null };
  #signedIn: SignedIn | undefined;
  #attempt: SignInAttempt | undefined;
  #renewal: Promise<void> | undefined;
  #cancelTimers: () => void = () => {};
  #signOuts = 0;
  #isClosed = false;
  /** Ends what is still being asked at the end. */
  readonly #ending = new AbortController();
  /** What is written to and removed from the store, one after the other: the last word is the last wish. */
  #storing: Promise<void> = Promise.resolve();

  constructor(options: IdentityOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#openId = new OpenIdClient(options.oidc, {
      fetch: options.fetch ?? globalThis.fetch,
      clock: this.#clock,
      ending: this.#ending.signal,
    });
  }

  get state(): IdentityState {
    return this.#state;
  }

  /** @returns its own undo */
  onState(listener: (state: IdentityState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The credentials of the moment; they change at each renewal. */
  credentials(): DeviceCredentials | undefined {
    return this.#signedIn && { key: this.#signedIn.key.privateKey, certificate: this.#signedIn.device.certificate };
  }

  /**
   * Takes up the sign-in of a former start. Silent: it never opens a browser. A certificate that ended meanwhile is renewed
   * from the refresh token first.
   */
  async restore(): Promise<void> {
    const before = this.#signOuts;
    const stored = await readStoredSignIn(this.#options.secretStore);
    // Whoever signs in or out meanwhile has the later word.
    if (this.#signOuts !== before || this.#signedIn || this.#attempt) return;
    if (
      !stored ||
      stored.device.controllerUrl !== this.#options.controllerUrl ||
      stored.device.issuer !== this.#options.oidc.issuer
    )
      return;
    this.#signedIn = {
      device: stored.device,
      key: deviceKeyFromPem(stored.device.privateKey),
      refreshToken: stored.refreshToken,
    };
    if (this.#certificateEndsAt() > this.#clock.now()) {
      this.#enter(this.#signedInState());
      this.#planRenewal();
      return;
    }
    await this.renew();
  }

  /**
   * Signs in, or joins the sign-in under way. Stopping the iteration does not stop the sign-in; {@link cancelSignIn} does.
   *
   * @throws {IdentityError} `POSTERN_SIGN_IN_*`, `POSTERN_IDENTITY_PROVIDER_UNREACHABLE`, or the controller's refusal
   */
  async *signIn(method: SignInMethod, signal?: AbortSignal): AsyncGenerator<SignInProgress, void> {
    if (this.#state.kind === 'signed-in') {
      yield { kind: 'done', user: this.#state.user };
      return;
    }
    this.#attempt ??= this.#startSignIn(method);
    yield* this.#attempt.watch(signal);
  }

  /** Ends the sign-in under way at once, wherever it stands; the next one starts anew. */
  cancelSignIn(): void {
    this.#giveUp(cancelled(), (problem) => this.#signInFailed(problem));
  }

  /** Fetches a new certificate now; concurrent calls share one. Failing to is no error while the present one lasts. */
  renew(): Promise<void> {
    this.#renewal ??= this.#renewCertificate().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  /**
   * Forgets the sign-in here and at the provider.
   *
   * @param problem why, where it was not the person's own wish
   * @throws what the keychain refuses with; the person is signed out all the same, until the next start
   */
  async signOut(problem: Problem | null = null): Promise<void> {
    this.#giveUp(cancelled());
    this.#signOuts += 1;
    const refreshToken = this.#signedIn?.refreshToken;
    this.#cancelTimers();
    this.#signedIn = undefined;
    try {
      await this.#store(() => removeStoredSignIn(this.#options.secretStore));
    } finally {
      // A sign-in that began meanwhile is the later wish.
      if (!this.#attempt) this.#enter({ kind: 'signed-out', problem });
      // Also where the keychain could not forget: there, the next start must find a token that is good for nothing.
      if (refreshToken !== undefined) {
        // The provider's own copy ends by itself; one that cannot be reached must not keep anybody waiting here.
        await this.#within(revocationWaitMs, this.#openId.revoke(refreshToken));
      }
    }
  }

  /**
   * Stops timers, a sign-in under way and, after {@link lastRenewalMs}, a renewal: the provider may have rotated its token
   * already. What is stored stays for the next start.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#giveUp(cancelled());
    this.#cancelTimers();
    this.#listeners.clear();
    if (this.#renewal) await this.#within(lastRenewalMs, this.#renewal);
    this.#ending.abort(new IdentityError('POSTERN_SIGN_IN_FAILED', 'Postern has ended'));
  }

  #startSignIn(method: SignInMethod): SignInAttempt {
    const attempt = new SignInAttempt();
    // From here on the person has the word, not a former sign-in that waits for its renewal.
    this.#cancelTimers();
    const timeout = this.#clock.setTimeout(() => {
      if (this.#attempt !== attempt) return;
      const late = new IdentityError('POSTERN_SIGN_IN_EXPIRED', 'The sign-in was not finished in ten minutes', {
        hint: 'sign in again',
      });
      this.#giveUp(late, (problem) => this.#signInFailed(problem));
    }, signInTimeoutMs);
    this.#enter({ kind: 'signing-in', method, url: null, userCode: null });
    this.#runSignIn(method, attempt)
      .catch((error: unknown) => {
        attempt.fail(error);
        // One that was given up has no say any more.
        if (this.#attempt === attempt) this.#signInFailed(problemOf(error));
      })
      .finally(() => {
        this.#clock.clearTimeout(timeout);
        if (this.#attempt === attempt) this.#attempt = undefined;
      });
    return attempt;
  }

  #signInFailed(problem: Problem): void {
    this.#enter({ kind: 'signed-out', problem });
    if (this.#signedIn) this.#schedule(renewalRetryMs * (1 + this.#random()));
  }

  /** @param then told the problem where there was a sign-in to give up */
  #giveUp(reason: IdentityError, then?: (problem: Problem) => void): void {
    const attempt = this.#attempt;
    if (!attempt) return;
    this.#attempt = undefined;
    attempt.cancel(reason);
    then?.(problemOf(reason));
  }

  async #runSignIn(method: SignInMethod, attempt: SignInAttempt): Promise<void> {
    const key = await createDeviceKey();
    const tokens =
      method === 'device'
        ? await this.#authorizeDevice(key, attempt)
        : await this.#authorizeInBrowser(key, method, attempt);
    const signedIn = await this.#certify(key, tokens);
    attempt.signal.throwIfAborted();
    await this.#store(async () => {
      await writeStoredSignIn(this.#options.secretStore, signedIn);
      if (attempt.signal.aborted) await removeStoredSignIn(this.#options.secretStore);
    });
    attempt.signal.throwIfAborted();
    this.#signedIn = signedIn;
    this.#enter(this.#signedInState());
    this.#planRenewal(renewalRetryMs);
    attempt.report({ kind: 'done', user: signedIn.device.user });
  }

  #authorizeInBrowser(key: DeviceKey, method: 'browser' | 'url', attempt: SignInAttempt): Promise<Tokens> {
    const onUrl = (url: string): void => {
      attempt.signal.throwIfAborted();
      this.#enter({ kind: 'signing-in', method, url, userCode: null });
      attempt.report({ kind: 'url', url });
      // Where no browser can be opened the person still has the address.
      if (method === 'browser') this.#options.openBrowser(url).catch(() => undefined);
    };
    return this.#openId.authorize(key.thumbprint, onUrl, attempt.signal);
  }

  #authorizeDevice(key: DeviceKey, attempt: SignInAttempt): Promise<Tokens> {
    return this.#openId.authorizeDevice(
      key.thumbprint,
      (prompt) => {
        attempt.signal.throwIfAborted();
        this.#enter({ kind: 'signing-in', method: 'device', url: prompt.verificationUrl, userCode: prompt.userCode });
        attempt.report({ kind: 'device', ...prompt });
      },
      attempt.signal,
    );
  }

  async #certify(key: DeviceKey, tokens: Tokens): Promise<SignedIn> {
    const issued = await requestCertificate(key, tokens.idToken, this.#options, this.#clock, this.#ending.signal);
    const device: StoredDevice = {
      issuer: this.#options.oidc.issuer,
      controllerUrl: this.#options.controllerUrl,
      privateKey: key.privateKey,
      certificate: issued.certificate,
      certificateExpiresAt: issued.expiresAt,
      certificateIssuedAt: new Date(this.#clock.now()).toISOString(),
      deviceId: issued.deviceId,
      user: issued.user,
    };
    return { device, key, refreshToken: tokens.refreshToken };
  }

  async #renewCertificate(): Promise<void> {
    const signedIn = this.#signedIn;
    if (!signedIn || this.#attempt) return;
    this.#cancelTimers();
    let present = signedIn;
    try {
      if (signedIn.refreshToken === undefined) throw expired('the identity provider gave no refresh token');
      const tokens = await this.#openId.refresh(signedIn.refreshToken);
      if (this.#signedIn !== present) return;
      signedIn.refreshToken = tokens.refreshToken;
      await this.#storePresent(signedIn);
      if (this.#signedIn !== present) return;
      const renewed = await this.#certify(signedIn.key, tokens);
      if (this.#signedIn !== present) return;
      // In use at once: a keychain that is locked for now must not cost the sign-in.
      this.#signedIn = present = renewed;
      await this.#storePresent(renewed);
      if (this.#signedIn !== present || this.#attempt) return;
      this.#enter(this.#signedInState());
      this.#planRenewal(renewalRetryMs);
    } catch (error) {
      if (this.#signedIn !== present || this.#attempt || this.#isClosed) return;
      await this.#renewalFailed(error);
    }
  }

  async #renewalFailed(error: unknown): Promise<void> {
    const lastsMs = this.#certificateEndsAt() - this.#clock.now();
    const isRefused = error instanceof PosternError && refusals.has(error.code);
    if (lastsMs > 0) {
      // To a provider that detects reuse, a refused token that comes every minute looks like a theft.
      const isRefusedThere = isRefused && error instanceof IdentityError;
      this.#schedule(isRefusedThere ? lastsMs : Math.min(renewalRetryMs * (1 + this.#random()), lastsMs));
      return;
    }
    if (!isRefused) {
      // Nothing is lost yet: with network, provider and controller back, the refresh token may still do.
      this.#enter({ kind: 'signed-out', problem: problemOf(error) });
      this.#schedule(renewalRetryMs * (1 + this.#random()));
      return;
    }
    await this.signOut(problemOf(expired(error instanceof Error ? error.message : String(error), error)));
  }

  /**
   * At two thirds of the certificate's life, and up to a tenth of it earlier, so that a fleet does not renew at once.
   *
   * @param soonestMs where the certificate has just come: with this machine's clock ahead it may look old already, and so
   *   would the next one
   */
  #planRenewal(soonestMs = 0): void {
    const { device } = this.#signedIn ?? {};
    if (!device) return;
    const issuedAt = Date.parse(device.certificateIssuedAt);
    const lifeMs = this.#certificateEndsAt() - issuedAt;
    this.#schedule(Math.max(soonestMs, issuedAt + lifeMs * (2 / 3 - this.#random() / 10) - this.#clock.now()));
  }

  #schedule(delayMs: number): void {
    this.#cancelTimers();
    if (this.#isClosed) return;
    const timer = this.#clock.setTimeout(() => void this.renew(), Math.min(delayMs, longestTimerMs));
    this.#cancelTimers = () => this.#clock.clearTimeout(timer);
  }

  /** Waits for `work` to end one way or the other, and no longer than that. */
  async #within(waitMs: number, work: Promise<void>): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const timer = this.#clock.setTimeout(waited.resolve, waitMs);
    await Promise.race([work.catch(() => undefined), waited.promise]);
    this.#clock.clearTimeout(timer);
  }

  #certificateEndsAt(): number {
    return Date.parse(this.#signedIn?.device.certificateExpiresAt ?? '') || 0;
  }

  #signedInState(): IdentityState {
    const { device } = this.#signedIn ?? {};
    if (!device) return { kind: 'signed-out', problem: null };
    return {
      kind: 'signed-in',
      user: device.user,
      certificateExpiresAt: device.certificateExpiresAt,
      storage: this.#options.secretStore.kind,
    };
  }

  /** Nothing, where a later sign-in was stored meanwhile. */
  #storePresent(signedIn: SignedIn): Promise<void> {
    return this.#store(async () => {
      if (this.#signedIn === signedIn) await writeStoredSignIn(this.#options.secretStore, signedIn);
    });
  }

  #store(step: () => Promise<void>): Promise<void> {
    const done = this.#storing.then(step);
    this.#storing = done.catch(() => undefined);
    return done;
  }

  #enter(state: IdentityState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function cancelled(): IdentityError {
  return new IdentityError('POSTERN_SIGN_IN_FAILED', 'The sign-in was cancelled');
}

function expired(detail: string, cause?: unknown): IdentityError {
  return new IdentityError('POSTERN_CERTIFICATE_EXPIRED', `The sign-in has ended and could not be renewed: ${detail}`, {
    cause,
    hint: 'sign in again',
  });
}

function problemOf(error: unknown): Problem {
  if (error instanceof PosternError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  return {
    code: 'POSTERN_SIGN_IN_FAILED',
    message: error instanceof Error ? error.message : String(error),
    hint: 'sign in again',
  };
}
