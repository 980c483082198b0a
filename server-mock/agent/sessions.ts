import type { Logger } from 'pino';
import type { AgentSession } from '../../proxy-core/contract/agent.ts';
import { type Clock, Cut } from '../../proxy-core/tunnel/index.ts';
import type { Account, Accounts } from './accounts.ts';
import { AgentError } from './errors.ts';

/** One request under way in a session. Whoever begins it disposes it. */
export interface SessionUse extends Disposable {
  account: Account;
  /** Falls when the session ends: both sides of the request are cut. */
  cut: Cut;
}

interface LiveSession {
  session: AgentSession;
  account: Account;
  lastUseMs: number;
  /** How many requests run in it. */
  underWay: number;
  cut: Cut;
  expiresAtMs: number;
}

/** The sessions that the controller has announced to this agent, and what runs in them. */
export class Sessions {
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #live = new Map<string, LiveSession>();

  constructor({ accounts, clock, logger }: { accounts: Accounts; clock: Clock; logger: Logger }) {
    this.#accounts = accounts;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Takes in a session, or what changed about one. Nothing is made in the cluster until its first request.
   *
   * @throws {AgentError} `POSTERN_SESSION_ENDED` where its end has passed already
   */
  announce(session: AgentSession): void {
    if (endOf(session) <= this.#clock.now()) {
      throw new AgentError('POSTERN_SESSION_ENDED', `session ${session.id} ended at ${session.expiresAt}`);
    }
    const known = this.#live.get(session.id);
    if (known && (known.session.user !== session.user || known.session.role !== session.role)) {
      throw new AgentError('POSTERN_INTERNAL', `session ${session.id} is announced with another user or role`);
    }
    const account = known?.account ?? this.#accounts.of(session);
    account.join(session);
    const expiresAtMs = endOf(session);
    if (known) {
      known.session = session;
      known.expiresAtMs = expiresAtMs;
      return;
    }
    const lastUseMs = this.#clock.now();
    this.#live.set(session.id, { session, account, lastUseMs, underWay: 0, cut: new Cut(), expiresAtMs });
  }

  /**
   * Begins a request. The session is in use until it is disposed.
   *
   * @throws {AgentError} `POSTERN_AGENT_SESSION_UNKNOWN`, also for one that went idle or expired here
   */
  begin(id: string): SessionUse {
    const live = this.#live.get(id);
    if (!live || live.expiresAtMs <= this.#clock.now()) {
      throw new AgentError('POSTERN_AGENT_SESSION_UNKNOWN', `the agent does not know session ${id}`);
    }
    live.underWay += 1;
    this.#use(live);
    return {
      account: live.account,
      cut: live.cut,
      [Symbol.dispose]: () => {
        live.underWay -= 1;
        this.#use(live);
      },
    };
  }

  /**
   * Ends a session: cuts what runs in it at once, and removes its account unless another live session uses it.
   *
   * @throws {AgentError} `POSTERN_AGENT_KUBERNETES` where the account could not be removed; the reaper tries again
   */
  async end(id: string): Promise<void> {
    const live = this.#live.get(id);
    if (!live) return;
    this.#drop(live);
    await this.#accounts.removeUnused(live.account.name);
  }

  /** Ids of the sessions whose end has come. */
  expired(): string[] {
    const now = this.#clock.now();
    return [...this.#live.values()].filter(({ expiresAtMs }) => expiresAtMs <= now).map(({ session }) => session.id);
  }

  /** Lets go of sessions that nothing has used for their idle time. Their accounts are the reaper's to remove. */
  dropIdle(): void {
    const now = this.#clock.now();
    for (const live of this.#live.values()) {
      if (live.underWay > 0) this.#use(live);
      if (now - live.lastUseMs < live.session.idleTimeoutMs) continue;
      this.#logger.info({ session: live.session.id }, 'session is idle');
      this.#drop(live);
    }
  }

  #use(live: LiveSession): void {
    live.lastUseMs = this.#clock.now();
    live.account.lastUseMs = live.lastUseMs;
  }

  #drop(live: LiveSession): void {
    this.#live.delete(live.session.id);
    live.account.sessions.delete(live.session.id);
    live.cut.fall(new AgentError('POSTERN_SESSION_ENDED', `session ${live.session.id} has ended`));
  }
}

function endOf({ expiresAt }: AgentSession): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}
