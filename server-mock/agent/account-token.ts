import type { Clock } from '../../proxy-core/tunnel/index.ts';
import type { AccountToken } from './cluster-accounts.ts';

/** A token is renewed once this much of its life is over, while the old one still serves. */
const renewAfter = 0.7;
/** One that has less left is not sent any more. */
const marginMs = 30_000;

/** The present token of a service account: requested at first need, renewed ahead, one request at a time. */
export class TokenSource {
  readonly #request: () => Promise<AccountToken>;
  readonly #clock: Clock;
  #present: (AccountToken & { renewAtMs: number }) | undefined;
  #coming: Promise<AccountToken> | undefined;

  constructor(request: () => Promise<AccountToken>, clock: Clock) {
    this.#request = request;
    this.#clock = clock;
  }

  /** The present token, if it serves; it is renewed behind the caller's back when it is time. */
  present(): string | undefined {
    const now = this.#clock.now();
    const present = this.#present;
    if (!present || now >= present.expiresAtMs - marginMs) return undefined;
    // A renewal that fails while the present token serves is tried again by the next request.
    if (now >= present.renewAtMs) this.#renew().catch(() => undefined);
    return present.token;
  }

  /** @throws {AgentError} `POSTERN_AGENT_KUBERNETES` */
  async get(): Promise<string> {
    return this.present() ?? (await this.#renew()).token;
  }

  /** Whether `token` is what {@link get} gave last. */
  isPresent(token: string): boolean {
    return this.#present?.token === token;
  }

  #renew(): Promise<AccountToken> {
    this.#coming ??= this.#request()
      .then((token) => {
        const now = this.#clock.now();
        this.#present = { ...token, renewAtMs: now + (token.expiresAtMs - now) * renewAfter };
        return token;
      })
      .finally(() => {
        this.#coming = undefined;
      });
    return this.#coming;
  }
}
