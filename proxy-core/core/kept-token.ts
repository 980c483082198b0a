import { createHash, createPublicKey } from 'node:crypto';
import * as z from 'zod';
import type { SecretStore } from '../identity/index.ts';
import { ClientTokens } from '../proxy/index.ts';
import type { Logger } from './surroundings.ts';

const entry = 'kubeconfig-token';
const keptEntry = z.object({ signIn: z.string(), token: z.string().min(43) });

/**
 * The client tokens, of which the kubeconfig's outlives the process in the keychain: k9s and Lens read the file once, and a
 * restart of the core is no new sign-in. It belongs to one sign-in, told by the device key, and is void with it.
 */
export class KeptToken {
  readonly tokens: ClientTokens;
  readonly #store: Pick<SecretStore, 'write' | 'remove'>;
  readonly #logger: Logger;
  #signIn: string | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(store: Pick<SecretStore, 'write' | 'remove'>, logger: Logger, kept?: z.infer<typeof keptEntry>) {
    this.#store = store;
    this.#logger = logger;
    this.#signIn = kept?.signIn;
    this.tokens = new ClientTokens({ kept: kept?.token, keep: (token) => this.#keep(token) });
  }

  static async open(store: Pick<SecretStore, 'read' | 'write' | 'remove'>, logger: Logger): Promise<KeptToken> {
    const kept = keptEntry.safeParse(parseJson(await store.read(entry)));
    return new KeptToken(store, logger, kept.data);
  }

  /**
   * Voids every token of another sign-in.
   *
   * @param deviceKey PEM; made anew at each sign-in and kept by renewals
   */
  signedIn(deviceKey: string): void {
    const signIn = createHash('sha256')
      .update(createPublicKey(deviceKey).export({ format: 'der', type: 'spki' }))
      .digest('base64url');
    if (signIn === this.#signIn) return;
    this.#signIn = signIn;
    this.tokens.rotate();
  }

  signedOut(): void {
    this.#signIn = undefined;
    this.tokens.rotate();
  }

  /** Resolves when the keychain holds the token of the moment, or has failed to. */
  settled(): Promise<void> {
    return this.#saving;
  }

  #keep(token: string | null): void {
    const signIn = this.#signIn;
    this.#saving = this.#saving
      .then(() =>
        token === null || signIn === undefined
          ? this.#store.remove(entry)
          : this.#store.write(entry, JSON.stringify({ signIn, token })),
      )
      // The token is good all the same; after a restart there will be another.
      .catch((error: unknown) =>
        this.#logger.warn({ err: error }, 'the keychain could not keep the kubeconfig’s token'),
      );
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
