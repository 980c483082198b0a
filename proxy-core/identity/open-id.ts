import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import type { Clock } from '../tunnel/index.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { IdentityError } from './errors.ts';
import { listenForRedirect } from './loopback-redirect.ts';
import { detailOf, isClockFailure } from './provider-failure.ts';
import { unlessAborted } from './unless-aborted.ts';

/** The organisation's provider as the controller names it. */
export interface OpenIdSettings {
  issuer: string;
  clientId: string;
  scopes: string[];
}

export interface Tokens {
  idToken: string;
  refreshToken: string | undefined;
}

export interface DevicePrompt {
  verificationUrl: string;
  verificationUrlComplete: string | null;
  userCode: string;
  expiresAt: string;
}

/** Where tokens are in keychain and memory only: nothing here logs, and errors carry the provider's code, never a token. */
export class OpenIdClient {
  readonly #settings: OpenIdSettings;
  readonly #fetch: typeof fetch;
  readonly #clock: Clock;
  #configuration: Promise<Configuration> | undefined;

  /** @param ending aborts what is being asked */
  constructor(
    settings: OpenIdSettings,
    { fetch, clock, ending }: { fetch: typeof globalThis.fetch; clock: Clock; ending: AbortSignal },
  ) {
    this.#settings = settings;
    this.#fetch = boundedFetch((input, init) =>
      fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, ending]) : ending }),
    );
    this.#clock = clock;
  }

  /**
   * Authorization code with PKCE S256 (RFC 7636) on a loopback redirect (RFC 8252). `state`, `nonce` and the issuer in the
   * response (RFC 9207) are checked by openid-client.
   *
   * @param nonce what the ID token must carry: the thumbprint of the device key
   * @param onUrl receives the address that a browser must open
   * @throws {IdentityError}
   */
  async authorize(nonce: string, onUrl: (url: string) => void, signal: AbortSignal): Promise<Tokens> {
    const client = await import('openid-client');
    const configuration = await this.#discover().catch((error: unknown) => {
      throw this.#translate(error, signal);
    });
    const state = client.randomState();
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const redirect = await listenForRedirect(state);
    try {
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirect.redirectUri,
        scope: this.#settings.scopes.join(' '),
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      });
      onUrl(url.href);
      const arrived = await unlessAborted(redirect.arrived, signal);
      const response = await client.authorizationCodeGrant(configuration, arrived, {
        pkceCodeVerifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      return tokensOf(response);
    } catch (error) {
      throw this.#translate(error, signal);
    } finally {
      redirect.close();
    }
  }

  /**
   * Device authorization (RFC 8628), where there is no browser. The nonce goes along as an extension parameter; providers
   * that do not know it ignore it, and the controller then decides whether it takes an ID token without.
   *
   * @throws {IdentityError}
   */
  async authorizeDevice(nonce: string, onPrompt: (prompt: DevicePrompt) => void, signal: AbortSignal): Promise<Tokens> {
    const client = await import('openid-client');
    try {
      const configuration = await this.#discover();
      const authorization = await client.initiateDeviceAuthorization(configuration, {
        scope: this.#settings.scopes.join(' '),
        nonce,
      });
      onPrompt({
        verificationUrl: authorization.verification_uri,
        verificationUrlComplete: authorization.verification_uri_complete ?? null,
        userCode: authorization.user_code,
        expiresAt: new Date(this.#clock.now() + authorization.expires_in * 1000).toISOString(),
      });
      // openid-client looks at the signal between polls only.
      const polled = client.pollDeviceAuthorizationGrant(configuration, authorization, undefined, { signal });
      return tokensOf(await unlessAborted(polled, signal));
    } catch (error) {
      throw this.#translate(error, signal);
    }
  }

  /**
   * @throws {IdentityError} `POSTERN_SIGN_IN_FAILED` where the provider refuses the token for good,
   *   `POSTERN_IDENTITY_PROVIDER_UNREACHABLE` for any other answer that is of no use
   */
  async refresh(refreshToken: string): Promise<Tokens> {
    const client = await import('openid-client');
    try {
      const tokens = tokensOf(await client.refreshTokenGrant(await this.#discover(), refreshToken));
      // Providers that do not rotate send no new one; the old stays good (RFC 6749, section 6).
      return { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
    } catch (error) {
      const translated = this.#translate(error, undefined);
      if (isRefusal(error)) throw translated;
      throw new IdentityError('POSTERN_IDENTITY_PROVIDER_UNREACHABLE', translated.message, {
        cause: error,
        hint: isClockFailure(error) ? translated.hint : 'check your network, then try again',
      });
    }
  }

  /** Tells the provider to forget the refresh token (RFC 7009), where it offers that. */
  async revoke(refreshToken: string): Promise<void> {
    const client = await import('openid-client');
    try {
      const configuration = await this.#discover();
      if (configuration.serverMetadata().revocation_endpoint) await client.tokenRevocation(configuration, refreshToken);
    } catch (error) {
      throw this.#translate(error, undefined);
    }
  }

  #discover(): Promise<Configuration> {
    this.#configuration ??= this.#readConfiguration().catch((error: unknown) => {
      this.#configuration = undefined;
      throw error;
    });
    return this.#configuration;
  }

  async #readConfiguration(): Promise<Configuration> {
    const client = await import('openid-client');
    const issuer = new URL(this.#settings.issuer);
    const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(issuer.hostname);
    return client.discovery(issuer, this.#settings.clientId, { token_endpoint_auth_method: 'none' }, client.None(), {
      [client.customFetch]: this.#fetch as never,
      // Plain http is for a provider on this very machine only.
      execute: issuer.protocol === 'http:' && isLoopback ? [client.allowInsecureRequests] : [],
    });
  }

  #translate(error: unknown, signal: AbortSignal | undefined): IdentityError {
    if (error instanceof IdentityError) return error;
    if (signal?.aborted) {
      if (signal.reason instanceof IdentityError) return signal.reason;
      return new IdentityError('POSTERN_SIGN_IN_FAILED', 'The sign-in was cancelled', { cause: error });
    }
    const { error: oauthCode, error_description: description } = oauthError(error);
    if (oauthCode !== undefined) {
      if (oauthCode === 'expired_token') {
        return new IdentityError('POSTERN_SIGN_IN_EXPIRED', 'The code expired before it was entered', {
          cause: error,
          hint: 'sign in again',
        });
      }
      return new IdentityError(
        'POSTERN_SIGN_IN_FAILED',
        `${this.#settings.issuer} refused the sign-in: ${description ?? oauthCode}`,
        { cause: error, hint: 'sign in again' },
      );
    }
    if (isNetworkFailure(error)) {
      return new IdentityError(
        'POSTERN_IDENTITY_PROVIDER_UNREACHABLE',
        `The identity provider ${this.#settings.issuer} does not answer`,
        {
          cause: error,
          hint: 'check your network, then try again',
        },
      );
    }
    return new IdentityError(
      'POSTERN_SIGN_IN_FAILED',
      `The sign-in at ${this.#settings.issuer} failed: ${detailOf(error)}`,
      { cause: error, hint: isClockFailure(error) ? 'set this machine’s clock, then sign in again' : 'sign in again' },
    );
  }
}

function tokensOf(response: TokenEndpointResponse & TokenEndpointResponseHelpers): Tokens {
  if (!response.id_token) {
    throw new IdentityError('POSTERN_SIGN_IN_FAILED', 'The identity provider sent no ID token', {
      hint: 'ask your administrator to allow the scope "openid"',
    });
  }
  return { idToken: response.id_token, refreshToken: response.refresh_token };
}

function oauthError(error: unknown): { error?: string; error_description?: string } {
  if (typeof error !== 'object' || error === null || !('error' in error) || typeof error.error !== 'string') return {};
  const description =
    'error_description' in error && typeof error.error_description === 'string' ? error.error_description : undefined;
  return { error: error.error, error_description: description };
}

/** OAuth error codes of a provider that is overloaded or out of order, not of one that will not have us. */
const passingErrors: ReadonlySet<string> = new Set([
  'server_error',
  'slow_down',
  'temporarily_unavailable',
  'too_many_requests',
]);

/** The provider was asked, and says no: an ID token is missing from its answer, or there is an error code that will not pass. */
function isRefusal(error: unknown): boolean {
  if (error instanceof IdentityError) return true;
  const { error: oauthCode } = oauthError(error);
  const isThrottled = error instanceof Error && 'status' in error && error.status === 429;
  return oauthCode !== undefined && !passingErrors.has(oauthCode) && !isThrottled;
}

/** undici's fetch throws a TypeError whose cause is the socket's error; a gateway in between answers 502 to 504. */
function isNetworkFailure(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof TypeError && current.message === 'fetch failed') return true;
    if (
      'code' in current &&
      typeof current.code === 'string' &&
      /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|UND_ERR|OAUTH_TIMEOUT)/.test(current.code)
    )
      return true;
    if (current.cause instanceof Response && current.cause.status >= 500) return true;
  }
  return false;
}
