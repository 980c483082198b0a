import { createRemoteJWKSet, customFetch, type RemoteJWKSet } from 'jose';
import * as z from 'zod';
import { ControllerError } from '../errors.ts';

const requestTimeoutMs = 5_000;
/** A key that is not in the set makes the set be read anew, but not more often than this. */
const rereadAfterMs = 5_000;
const keptKeysMs = 10 * 60_000;

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** The organisation's identity provider, as far as the controller needs it: the keys that sign its ID tokens. */
export class IdentityProvider {
  readonly issuer: string;
  readonly #fetch: typeof fetch;
  #keys: Promise<RemoteJWKSet> | undefined;

  constructor(issuer: string, fetchFunction: typeof fetch) {
    this.issuer = issuer;
    this.#fetch = fetchFunction;
  }

  /**
   * The key set, found through the provider's metadata (OpenID Connect Discovery 1.0 section 4) and kept.
   *
   * @throws {ControllerError} `POSTERN_IDENTITY_PROVIDER_UNREACHABLE`
   */
  keys(): Promise<RemoteJWKSet> {
    this.#keys ??= this.#discover().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  async #discover(): Promise<RemoteJWKSet> {
    const url = `${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    let document: z.infer<typeof metadata>;
    try {
      const response = await this.#fetch(url, { redirect: 'error', signal: AbortSignal.timeout(requestTimeoutMs) });
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      document = metadata.parse(await response.json());
    } catch (cause) {
      throw new ControllerError('POSTERN_IDENTITY_PROVIDER_UNREACHABLE', `${url} cannot be read: ${messageOf(cause)}`, {
        cause,
      });
    }
    if (document.issuer !== this.issuer) {
      throw new ControllerError(
        'POSTERN_IDENTITY_PROVIDER_UNREACHABLE',
        `${url} is for the issuer ${document.issuer}, not for ${this.issuer}`,
        { hint: 'set oidc.issuer exactly as the identity provider writes it' },
      );
    }
    return createRemoteJWKSet(new URL(document.jwks_uri), {
      timeoutDuration: requestTimeoutMs,
      cooldownDuration: rereadAfterMs,
      cacheMaxAge: keptKeysMs,
      [customFetch]: (input, options) => this.#fetch(input, options),
    });
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
