import type { Logger } from 'pino';
import type { Clock } from '../../proxy-core/tunnel/index.ts';
import type { Account, Accounts } from './accounts.ts';
import type { ClusterAccounts, StoredAccount } from './cluster-accounts.ts';
import type { Sessions } from './sessions.ts';

export const checkEveryMs = 30_000;
/** Bindings without an account only come from an interrupted deletion, so they are looked for at start and then rarely. */
const leftoversEveryChecks = 20;
/** The use of an account is written down again once what is written is this part of its idle time old. */
const rewriteAfter = 1 / 3;

/**
 * Takes away accounts that are idle, expired, or left by an earlier agent. What counts is written on the account itself,
 * so this needs no controller, and several agents of one cluster do not take away each other's.
 */
export class Reaper {
  readonly #accounts: Accounts;
  readonly #sessions: Pick<Sessions, 'expired' | 'end' | 'dropIdle'>;
  readonly #cluster: Pick<ClusterAccounts, 'list' | 'removeLeftovers'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #everyMs: number;
  #checksUntilLeftovers = 0;
  #timer: unknown;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: {
    accounts: Accounts;
    sessions: Pick<Sessions, 'expired' | 'end' | 'dropIdle'>;
    cluster: Pick<ClusterAccounts, 'list' | 'removeLeftovers'>;
    clock: Clock;
    logger: Logger;
    everyMs?: number;
  }) {
    this.#accounts = parts.accounts;
    this.#sessions = parts.sessions;
    this.#cluster = parts.cluster;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#everyMs = parts.everyMs ?? checkEveryMs;
  }

  /** Checks now, and from then on again and again. */
  start(): void {
    this.#running = this.check().finally(() => {
      if (!this.#closed) this.#timer = this.#clock.setTimeout(() => this.start(), this.#everyMs);
    });
  }

  /** Stops checking and waits for a check that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#clock.clearTimeout(this.#timer);
    await this.#running;
  }

  /** One check. Never throws: what fails is logged, and the next check tries again. */
  async check(): Promise<void> {
    for (const id of this.#sessions.expired()) {
      await this.#attempt('remove the account of an expired session', () => this.#sessions.end(id));
    }
    this.#sessions.dropIdle();
    await this.#attempt('look for unused accounts', async () => {
      const stored = await this.#cluster.list();
      await Promise.all(stored.map((account) => this.#review(account)));
      this.#accounts.forgetUnused(new Set(stored.map(({ name }) => name)));
    });
    this.#checksUntilLeftovers -= 1;
    if (this.#checksUntilLeftovers > 0) return;
    await this.#attempt('remove bindings without an account', async () => {
      const removed = await this.#cluster.removeLeftovers();
      if (removed.length > 0) this.#logger.info({ removed }, 'removed bindings and roles whose account is gone');
      this.#checksUntilLeftovers = leftoversEveryChecks;
    });
  }

  async #review(stored: StoredAccount): Promise<void> {
    const known = this.#accounts.get(stored.name);
    if (known && known.sessions.size > 0) {
      if (this.#isUseToWrite(known, stored)) await this.#attempt('write down a last use', () => known.touch());
      return;
    }
    const reason = known?.doomed ? 'revoked' : this.#reasonToRemove(stored, known);
    if (!reason) return;
    await this.#attempt('remove an account', async () => {
      const removed = await this.#accounts.removeUnused(stored.name);
      if (removed) this.#logger.info({ account: stored.name, reason }, 'removed an account');
    });
  }

  #isUseToWrite(known: Account, stored: StoredAccount): boolean {
    return (
      known.lastUseMs > stored.lastUseMs && this.#clock.now() - stored.lastUseMs >= stored.idleTimeoutMs * rewriteAfter
    );
  }

  #reasonToRemove(stored: StoredAccount, known: Account | undefined): 'idle' | 'expired' | undefined {
    const now = this.#clock.now();
    if (stored.expiresAtMs !== null && stored.expiresAtMs <= now) return 'expired';
    const lastUseMs = Math.max(stored.lastUseMs, known?.lastUseMs ?? 0);
    return now - lastUseMs >= stored.idleTimeoutMs ? 'idle' : undefined;
  }

  async #attempt(what: string, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      this.#logger.warn({ err: error }, `could not ${what}; trying again at the next check`);
    }
  }
}
