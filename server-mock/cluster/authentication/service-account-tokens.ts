import { randomUUID } from 'node:crypto';
import { type CryptoKey, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import { listAt, textAt } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import type { ObjectStore } from '../store.ts';
import type { UserInfo } from '../streaming-types.ts';

export const issuer = 'https://kubernetes.default.svc.cluster.local';
const defaultAudience = issuer;

/** How many verified signatures are remembered: the check of a token that comes with every request. */
const rememberedTokens = 1_000;

export interface TokenOptions {
  audiences: readonly string[];
  expirationSeconds: number;
  boundPod?: { name: string; uid: string };
}

export interface IssuedToken {
  token: string;
  expiresAtMs: number;
  audiences: readonly string[];
}

/**
 * Signs and checks service-account tokens. A token is good while it has not expired and the very ServiceAccount it was
 * made for (same `uid`), and the Pod it is bound to, exist.
 *
 * @see pkg/serviceaccount/claims.go (v1.33)
 */
export class ServiceAccountTokens {
  readonly #store: Pick<ObjectStore, 'get'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #keys: { publicKey: CryptoKey; privateKey: CryptoKey };
  readonly #verified = new Map<string, JWTPayload>();

  private constructor(
    store: Pick<ObjectStore, 'get'>,
    clock: Pick<Clock, 'now'>,
    keys: { publicKey: CryptoKey; privateKey: CryptoKey },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#keys = keys;
  }

  static async create(store: Pick<ObjectStore, 'get'>, clock: Pick<Clock, 'now'>): Promise<ServiceAccountTokens> {
    return new ServiceAccountTokens(store, clock, await generateKeyPair('ES256'));
  }

  async issue(account: KubeObject, options: TokenOptions): Promise<IssuedToken> {
    const { name, namespace = '', uid } = account.metadata;
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    const expiresAt = issuedAt + options.expirationSeconds;
    const audiences = options.audiences.length > 0 ? options.audiences : [defaultAudience];
    const token = await new SignJWT({
      'kubernetes.io': {
        namespace,
        serviceaccount: { name, uid },
        ...(options.boundPod ? { pod: options.boundPod } : {}),
      },
    })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(issuer)
      .setAudience([...audiences])
      .setSubject(`system:serviceaccount:${namespace}:${name}`)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(this.#keys.privateKey);
    return { token, expiresAtMs: expiresAt * 1000, audiences };
  }

  /** Whose token it is; undefined for one that is not good (any more) or not meant for `audiences`. */
  async identify(token: string, audiences: readonly string[] = [defaultAudience]): Promise<UserInfo | undefined> {
    const claims = await this.#claims(token);
    if (!claims || (claims.exp ?? 0) * 1000 <= this.#clock.now()) return undefined;
    const meantFor = typeof claims.aud === 'string' ? [claims.aud] : (claims.aud ?? []);
    if (!audiences.some((audience) => meantFor.includes(audience))) return undefined;
    const claimed = claims['kubernetes.io'];
    const namespace = textAt(claimed, 'namespace');
    const name = textAt(claimed, 'serviceaccount', 'name');
    const uid = textAt(claimed, 'serviceaccount', 'uid');
    if (this.#store.get('serviceaccounts', namespace, name)?.metadata.uid !== uid) return undefined;
    const pod = textAt(claimed, 'pod', 'name');
    if (pod && this.#store.get('pods', namespace, pod)?.metadata.uid !== textAt(claimed, 'pod', 'uid')) {
      return undefined;
    }
    return {
      name: `system:serviceaccount:${namespace}:${name}`,
      uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti ?? ''}`] },
    };
  }

  async #claims(token: string): Promise<JWTPayload | undefined> {
    const known = this.#verified.get(token);
    if (known) return known;
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, this.#keys.publicKey, {
        issuer,
        algorithms: ['ES256'],
        currentDate: new Date(this.#clock.now()),
      }));
    } catch {
      // Whatever is wrong with it, kube-apiserver says no more than 401 either.
      return undefined;
    }
    const oldest = this.#verified.keys().next();
    if (this.#verified.size >= rememberedTokens && !oldest.done) this.#verified.delete(oldest.value);
    this.#verified.set(token, payload);
    return payload;
  }
}

/** The audiences and lifetime that a TokenRequest asks for. */
export function requestedAudiences(tokenRequest: unknown): string[] {
  return listAt(tokenRequest, 'spec', 'audiences').filter((audience) => typeof audience === 'string');
}
