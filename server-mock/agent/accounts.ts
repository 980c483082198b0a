import type { AgentSession } from '../../proxy-core/contract/agent.ts';
import type { RoleSpec } from '../../proxy-core/contract/policy.ts';
import type { Clock } from '../../proxy-core/tunnel/index.ts';
import { accountName } from './account-name.ts';
import { accountNamespace } from './account-objects.ts';
import { TokenSource } from './account-token.ts';
import type { ClusterAccounts } from './cluster-accounts.ts';
import { AgentError } from './errors.ts';
import { Turns } from './turns.ts';

/** How soon it is seen that a namespace of the role, which the cluster did not have, is there. */
const lookAgainAfterMs = 60_000;

/** What an account needs of the cluster. */
export type AccountCluster = Pick<ClusterAccounts, 'reconcile' | 'remove' | 'requestToken' | 'touch' | 'list'>;

export interface AccountDependencies {
  cluster: AccountCluster;
  clock: Clock;
  /** Waits until the cluster's RBAC has taken in what was just bound. */
  waitUntilEffective(token: string, roleSpec: RoleSpec): Promise<void>;
}

/**
 * One user's account for one role, just in time: the first request makes it, everybody else who asks meanwhile waits for
 * the same. Making and removing never overlap.
 */
export class Account {
  readonly name: string;
  readonly user: string;
  readonly role: string;
  /** The live sessions that use it, by id. */
  readonly sessions = new Map<string, AgentSession>();
  lastUseMs: number;
  /** When the use was last written into the cluster; 0 while the account is not there. */
  writtenMs = 0;
  /** Removal was asked for and has not worked yet. */
  doomed = false;

  readonly #dependencies: AccountDependencies;
  readonly #turns: Turns;
  #roleSpec: RoleSpec;
  #tokens: TokenSource;
  #standing: Promise<void> | undefined;
  /** {@link #standing} has come true. */
  #stands = false;
  /** When it is to be looked after again though it stands. */
  #lookAgainAtMs = Number.POSITIVE_INFINITY;

  constructor(name: string, session: AgentSession, dependencies: AccountDependencies, turns: Turns) {
    this.name = name;
    this.user = session.user;
    this.role = session.role;
    this.lastUseMs = dependencies.clock.now();
    this.#dependencies = dependencies;
    this.#turns = turns;
    this.#roleSpec = session.roleSpec;
    this.#tokens = this.#tokenSource();
  }

  /** Whether it is one of the cluster's own, which is used as it is and never made, marked or removed. */
  get isBroughtAlong(): boolean {
    return this.#roleSpec.serviceAccount !== undefined;
  }

  /** Joins a session, or takes in what changed about one. A changed role is bound anew before the next request. */
  join(session: AgentSession): void {
    this.sessions.set(session.id, session);
    if (JSON.stringify(session.roleSpec) === JSON.stringify(this.#roleSpec)) return;
    this.#roleSpec = session.roleSpec;
    this.#reset();
  }

  /** The token, where the account stands and nothing has to be waited for. */
  presentToken(): string | undefined {
    const stands = this.isBroughtAlong || (this.#stands && this.#dependencies.clock.now() < this.#lookAgainAtMs);
    return stands && this.sessions.size > 0 && !this.doomed ? this.#tokens.present() : undefined;
  }

  /** @throws {AgentError} `POSTERN_AGENT_KUBERNETES`; `POSTERN_SESSION_ENDED` where no session uses the account any more */
  async token(): Promise<string> {
    this.#refuseUnused();
    this.doomed = false;
    if (!this.isBroughtAlong) {
      if (this.#stands && this.#dependencies.clock.now() >= this.#lookAgainAtMs) this.#lookAgain();
      let standing: Promise<void>;
      do {
        this.#standing ??= this.#stand();
        standing = this.#standing;
        await standing;
        // It may have been removed, or its role have changed, while it was made.
      } while (this.#standing !== standing);
      this.#stands = true;
    }
    return this.#tokens.get();
  }

  /** The API server refused `token` (401): the account may be gone or remade, so looks again from the start. Throws as {@link token}. */
  async renewToken(token: string): Promise<string> {
    if (this.#tokens.isPresent(token)) this.#reset();
    return this.token();
  }

  /** Takes account, bindings and role out of the cluster. @throws {AgentError} `POSTERN_AGENT_KUBERNETES` */
  async remove(): Promise<void> {
    if (this.isBroughtAlong && this.writtenMs === 0) return;
    this.doomed = true;
    this.#reset();
    await this.#inTurn(async () => {
      // A new session needs it already, and its turn comes next.
      if (!this.doomed) return;
      await this.#dependencies.cluster.remove(this.name);
      this.writtenMs = 0;
      this.doomed = false;
    });
  }

  /** Writes the last use into the cluster. @throws {AgentError} `POSTERN_AGENT_KUBERNETES` */
  async touch(): Promise<void> {
    await this.#inTurn(async () => {
      if (this.writtenMs === 0 || this.sessions.size === 0) return;
      await this.#dependencies.cluster.touch(this.#usage());
      this.writtenMs = this.#dependencies.clock.now();
    });
  }

  #stand(): Promise<void> {
    const standing = this.#inTurn(() => this.#make()).catch((error: unknown) => {
      if (this.#standing === standing) this.#standing = undefined;
      throw error;
    });
    return standing;
  }

  async #make(): Promise<void> {
    this.#refuseUnused();
    const { cluster, clock, waitUntilEffective } = this.#dependencies;
    const roleSpec = this.#roleSpec;
    const absent = await cluster.reconcile({ user: this.user, role: this.role, roleSpec, ...this.#usage() });
    this.writtenMs = clock.now();
    this.#lookAgainAtMs = absent.length > 0 ? clock.now() + lookAgainAfterMs : Number.POSITIVE_INFINITY;
    const namespaces = roleSpec.namespaces?.filter((namespace) => !absent.includes(namespace));
    await waitUntilEffective(await this.#tokens.get(), { ...roleSpec, namespaces });
  }

  #refuseUnused(): void {
    if (this.sessions.size > 0) return;
    throw new AgentError('POSTERN_SESSION_ENDED', `the last session of ${this.user} as ${this.role} has ended`);
  }

  /** The account lives as long as the session that lives longest. */
  #usage() {
    const sessions = [...this.sessions.values()];
    const ends = sessions.map(({ expiresAt }) => (expiresAt === null ? null : Date.parse(expiresAt)));
    return {
      name: this.name,
      sessionId: sessions.at(-1)?.id ?? '',
      lastUseMs: this.lastUseMs,
      expiresAtMs: ends.includes(null) ? null : Math.max(0, ...ends.map(Number)),
      idleTimeoutMs: Math.max(0, ...sessions.map(({ idleTimeoutMs }) => idleTimeoutMs)),
    };
  }

  #lookAgain(): void {
    this.#standing = undefined;
    this.#stands = false;
  }

  #reset(): void {
    this.#lookAgain();
    this.#tokens = this.#tokenSource();
  }

  #tokenSource(): TokenSource {
    const { namespace, name } = this.#roleSpec.serviceAccount ?? { namespace: accountNamespace, name: this.name };
    const { cluster, clock } = this.#dependencies;
    return new TokenSource(() => cluster.requestToken(namespace, name), clock);
  }

  #inTurn(action: () => Promise<void>): Promise<void> {
    return this.#turns.take(this.name, action);
  }
}

/** The accounts that this agent uses or has still to remove, by name. */
export class Accounts {
  readonly #dependencies: AccountDependencies;
  readonly #turns = new Turns();
  readonly #accounts = new Map<string, Account>();

  constructor(dependencies: AccountDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The account of a session's user and role. The plain name belongs to the default role; while another role's session
   * still has it (the default was changed meanwhile), the newcomer's carries its role's name, so that no account is ever
   * bound to two roles.
   */
  of(session: AgentSession): Account {
    const plain = accountName(session.user);
    const holder = session.isDefaultRole ? this.#accounts.get(plain) : undefined;
    const isFree = !holder || holder.role === session.role || holder.sessions.size === 0;
    const name = session.isDefaultRole && isFree ? plain : accountName(session.user, session.role);
    const known = this.#accounts.get(name);
    if (known?.role === session.role) return known;
    const made = new Account(name, session, this.#dependencies, this.#turns);
    this.#accounts.set(name, made);
    return made;
  }

  get(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  all(): Account[] {
    return [...this.#accounts.values()];
  }

  /**
   * Removes an account that no live session uses, also one that an earlier agent left.
   *
   * @returns false where a session turned up that uses it
   * @throws {AgentError} `POSTERN_AGENT_KUBERNETES`
   */
  async removeUnused(name: string): Promise<boolean> {
    const known = this.#accounts.get(name);
    if (known) {
      if (known.sessions.size > 0) return false;
      await known.remove();
    } else {
      await this.#turns.take(name, async () => {
        if (!this.#accounts.has(name)) await this.#dependencies.cluster.remove(name);
      });
    }
    const now = this.#accounts.get(name);
    if (now && now.sessions.size > 0) return false;
    this.#accounts.delete(name);
    return true;
  }

  /** Lets go of what no session uses and the cluster does not have. @param stored names of the accounts in the cluster */
  forgetUnused(stored: ReadonlySet<string>): void {
    for (const [name, account] of this.#accounts) {
      if (account.sessions.size === 0 && !stored.has(name)) this.#accounts.delete(name);
    }
  }
}
