import { errors, type JWTPayload, jwtVerify } from 'jose';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import type { ControllerConfig } from '../config.ts';
import { ControllerError } from '../errors.ts';
import type { IdentityProvider } from './identity-provider.ts';

/** What a verified ID token says. */
export interface VerifiedIdToken {
  subject: string;
  /** From the configured claim: the name that grants and the log use. */
  userName: string;
  displayName: string;
  groups: string[];
  nonce: string | null;
  issuedAtMs: number;
}

/** Asymmetric only: with HS256 the client id's public secret would do, and `none` is nothing. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const clockToleranceS = 30;

const controlCharacters = /\p{Cc}/u;
const plainText = z
  .string()
  .refine((text) => !controlCharacters.test(text), 'must not hold control characters')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode');
const userNameClaim = plainText.min(1).max(253);
const groupsClaim = z.array(plainText.min(1).max(256)).max(1_000);

/**
 * Verifies an ID token: signature against the provider's present keys, issuer, audience, expiry (OpenID Connect Core
 * 1.0 section 3.1.3.7). The nonce is the caller's to compare.
 *
 * @throws {ControllerError} `POSTERN_ID_TOKEN_REFUSED`, or `POSTERN_IDENTITY_PROVIDER_UNREACHABLE`
 */
export async function verifyIdToken(
  token: string,
  options: { provider: IdentityProvider; oidc: ControllerConfig['oidc']; clock: Clock },
): Promise<VerifiedIdToken> {
  const { provider, oidc, clock } = options;
  const keys = await provider.keys();
  let claims: JWTPayload;
  try {
    const verified = await jwtVerify(token, keys, {
      issuer: oidc.issuer,
      audience: oidc.clientId,
      algorithms,
      requiredClaims: ['sub', 'iat', 'exp'],
      clockTolerance: clockToleranceS,
      currentDate: new Date(clock.now()),
    });
    claims = verified.payload;
  } catch (cause) {
    if (
      cause instanceof errors.JWKSTimeout ||
      !(cause instanceof errors.JOSEError) ||
      cause.code === 'ERR_JOSE_GENERIC'
    ) {
      throw new ControllerError('POSTERN_IDENTITY_PROVIDER_UNREACHABLE', `the keys of ${oidc.issuer} cannot be read`, {
        cause,
      });
    }
    throw refused(cause instanceof errors.JWTExpired ? 'has expired' : `is not acceptable: ${cause.message}`, cause);
  }
  if (Array.isArray(claims.aud) && claims.aud.length > 1 && claims.azp !== oidc.clientId) {
    throw refused('was issued to another client');
  }
  if (claims.iat! * 1000 > clock.now() + clockToleranceS * 1000) throw refused('was issued in the future');
  // Some providers write it as text.
  if (oidc.usernameClaim === 'email' && String(claims.email_verified ?? true) !== 'true') {
    throw refused('holds an e-mail address that is not verified');
  }
  const userName = read(claims, oidc.usernameClaim, userNameClaim);
  const rawGroups = claims[oidc.groupsClaim] ?? [];
  const groups = read(
    { [oidc.groupsClaim]: typeof rawGroups === 'string' ? [rawGroups] : rawGroups },
    oidc.groupsClaim,
    groupsClaim,
  );
  return {
    subject: claims.sub!,
    userName,
    displayName: plainText.min(1).max(253).safeParse(claims.name).data ?? userName,
    groups: [...new Set(groups)].sort(),
    nonce: typeof claims.nonce === 'string' ? claims.nonce : null,
    issuedAtMs: claims.iat! * 1000,
  };
}

function read<T>(claims: Record<string, unknown>, claim: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(claims[claim]);
  if (parsed.success) return parsed.data;
  throw refused(`has no usable claim "${claim}": ${parsed.error.issues[0]?.message ?? 'invalid'}`);
}

function refused(why: string, cause?: unknown): ControllerError {
  return new ControllerError('POSTERN_ID_TOKEN_REFUSED', `the ID token ${why}`, { cause, hint: 'sign in again' });
}
