import { hash } from 'node:crypto';
import type { Logger } from 'pino';
import { PosternError } from '../../proxy-core/contract/errors.ts';
import {
  type Clock,
  type ControllerAddress,
  controllerOrigin,
  type DiscoveredController,
  discover,
  type Environment,
  pinOf,
  type TunnelCredentials,
} from '../../proxy-core/tunnel/index.ts';
import { createAgentKey } from './agent-key.ts';
import type { AgentState, StateStore } from './agent-state.ts';
import { type IssuedCertificate, join, renew } from './controller-calls.ts';
import { AgentError } from './errors.ts';

/** A certificate is renewed when this much of its life is over (design section 8). */
const renewAfter = 2 / 3;
/** How often the controller's replicas are asked for, and whether the certificate is due. */
const checkEveryMs = 60_000;
const firstRetryMs = 500;
const longestRetryMs = 30_000;

export interface MembershipParts {
  controller: ControllerAddress;
  joinToken: string | undefined;
  store: StateStore;
  clock: Clock;
  /** [0, 1), for jitter. */
  random: () => number;
  logger: Logger;
  environment: Environment | undefined;
}

/** The agent's standing with its controller: joined once with a token, kept in the state store, renewed in time. */
export class Membership {
  readonly #parts: MembershipParts;
  readonly #stop = new AbortController();
  #state: AgentState | undefined;
  #isSaved = true;
  #timer: unknown;
  #onChange: () => void = () => undefined;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  get cluster(): string | undefined {
    return this.#state?.cluster;
  }

  credentials(): TunnelCredentials | undefined {
    return this.#state && { key: this.#state.key, certificate: this.#state.certificate, ca: this.#state.ca };
  }

  addresses(): readonly string[] {
    return this.#state?.replicas ?? [];
  }

  /** @param listener called when the certificate was renewed */
  onRenewed(listener: () => void): void {
    this.#onChange = listener;
  }

  /**
   * Takes up the kept certificate, or joins: also with a certificate where there is a join token that was not there before,
   * since the cluster was imported again then. Without one, a controller that does not answer is tried again until it does.
   *
   * @throws {PosternError} where waiting does not help: `POSTERN_JOIN_TOKEN_REFUSED`, `POSTERN_CERTIFICATE_EXPIRED`,
   *   `POSTERN_CONTROLLER_UNTRUSTED`, `POSTERN_STATE_UNREADABLE`, `POSTERN_STATE_UNWRITABLE`
   */
  async open(): Promise<void> {
    const kept = await this.#parts.store.read();
    const isUsable =
      kept !== undefined && this.#isOfController(kept) && Date.parse(kept.expiresAt) > this.#parts.clock.now();
    if (isUsable) {
      this.#state = kept;
      await this.#joinAnew(kept);
    } else await this.#joinPatiently(kept);
    this.#schedule();
  }

  close(): void {
    this.#stop.abort();
    this.#parts.clock.clearTimeout(this.#timer);
  }

  /** One check: joins anew or renews where due, learns the replicas, saves what could not be saved. Never throws. */
  async check(): Promise<void> {
    const { clock, logger, environment, controller } = this.#parts;
    const state = this.#state;
    if (!state) return;
    try {
      if (!this.#isSaved) await this.#save();
      if (await this.#joinAnew(state)) return this.#onChange();
      const discovered = await discover(controller, { environment, signal: this.#stop.signal });
      if (clock.now() >= renewalDueMs(state)) await this.#renew(state, discovered);
      else if (discovered.discovery.replicas.join() !== state.replicas.join()) {
        this.#state = { ...state, replicas: discovered.discovery.replicas };
        await this.#save();
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const isExpired = Date.parse(state.expiresAt) <= clock.now();
      if (isExpired) logger.error({ err: error }, 'the agent’s certificate has expired; import the cluster again');
      else logger.warn({ err: error }, 'could not check in with the controller; trying again');
    }
  }

  async #joinPatiently(kept: AgentState | undefined): Promise<void> {
    const { joinToken, logger, random, clock } = this.#parts;
    if (joinToken === undefined) throw this.#cannotJoin(kept);
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      try {
        await this.#join(joinToken);
        return;
      } catch (error) {
        this.#stop.signal.throwIfAborted();
        if (!isWorthWaiting(error)) throw error;
        logger.warn({ err: error }, 'the controller does not answer; trying again');
      }
      await new Promise<void>((resolve) => {
        this.#timer = clock.setTimeout(resolve, random() * retryMs);
        this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#stop.signal.throwIfAborted();
    }
  }

  /**
   * Joins with a token that was not there before. Until that works the certificate of before is as good as it was, also with
   * those replicas that do answer: only a token that is refused, such as an old one that is still lying there, is not tried
   * again at the next check.
   *
   * @returns whether there is a new certificate
   */
  async #joinAnew(kept: AgentState): Promise<boolean> {
    const { joinToken, logger } = this.#parts;
    if (joinToken === undefined || !this.#isNewToken(kept)) return false;
    try {
      await this.#join(joinToken);
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      if (this.#state !== kept) {
        logger.error({ err: error }, 'the new certificate could not be kept; trying again');
        return true;
      }
      logger.warn({ err: error, cluster: kept.cluster }, 'going on with the certificate of before');
      if (!(error instanceof PosternError) || error.code !== 'POSTERN_JOIN_TOKEN_REFUSED') return false;
      this.#state = { ...kept, joinTokenHash: this.#joinTokenHash() };
      // The next check keeps it: a store that takes nothing for now is no reason to leave either.
      this.#isSaved = false;
      return false;
    }
    return true;
  }

  #isNewToken(kept: AgentState): boolean {
    const given = this.#joinTokenHash();
    return given !== null && given !== kept.joinTokenHash;
  }

  #joinTokenHash(): string | null {
    const { joinToken } = this.#parts;
    return joinToken === undefined ? null : hash('sha256', joinToken);
  }

  #cannotJoin(kept: AgentState | undefined): AgentError {
    const hint = 'import the cluster again and give the agent the new join token';
    if (!kept)
      return new AgentError('POSTERN_JOIN_TOKEN_REFUSED', 'the agent has no certificate and no join token', { hint });
    if (!this.#isOfController(kept)) {
      const message = `the agent’s certificate is of another controller, ${kept.controller}`;
      return new AgentError('POSTERN_JOIN_TOKEN_REFUSED', message, { hint });
    }
    return new AgentError('POSTERN_CERTIFICATE_EXPIRED', `the agent’s certificate expired at ${kept.expiresAt}`, {
      hint,
    });
  }

  async #join(joinToken: string): Promise<void> {
    const { controller, environment } = this.#parts;
    const discovered = await discover(controller, { environment, signal: this.#stop.signal });
    const { key, certificateRequest } = await createAgentKey();
    const issued = await join(discovered, { joinToken, certificateRequest }, environment);
    this.#take(key, issued, discovered);
    // The token is used up: a certificate that is not kept would leave the next start with nothing.
    await this.#save();
    this.#parts.logger.info({ cluster: issued.cluster, expiresAt: issued.expiresAt }, 'joined');
  }

  async #renew(state: AgentState, discovered: DiscoveredController): Promise<void> {
    const { key, certificateRequest } = await createAgentKey();
    const issued = await renew(discovered, state, certificateRequest, this.#parts.environment);
    this.#take(key, issued, discovered);
    this.#parts.logger.info({ expiresAt: issued.expiresAt }, 'renewed the agent’s certificate');
    this.#onChange();
    await this.#save();
  }

  #take(key: string, issued: IssuedCertificate, { ca, origin }: DiscoveredController): void {
    this.#isSaved = false;
    this.#state = {
      cluster: issued.cluster,
      key,
      certificate: issued.certificate,
      ca,
      issuedAt: new Date(this.#parts.clock.now()).toISOString(),
      expiresAt: issued.expiresAt,
      controller: origin,
      replicas: issued.replicas,
      joinTokenHash: this.#joinTokenHash() ?? this.#state?.joinTokenHash ?? null,
    };
  }

  async #save(): Promise<void> {
    this.#isSaved = false;
    await this.#parts.store.write(this.#state!);
    this.#isSaved = true;
  }

  #isOfController(state: AgentState): boolean {
    const { controller } = this.#parts;
    return controller.pin === null
      ? state.controller === controllerOrigin(controller)
      : pinOf(state.ca) === controller.pin;
  }

  #schedule(): void {
    if (this.#stop.signal.aborted) return;
    // Spread, so that a fleet of agents does not ask in step.
    const delayMs = Math.min(checkEveryMs * (0.75 + this.#parts.random() / 2), this.#untilRenewalMs());
    this.#timer = this.#parts.clock.setTimeout(() => void this.check().finally(() => this.#schedule()), delayMs);
  }

  /** Until the certificate is due; where it is already, for it could not be renewed, a part of what it has left. */
  #untilRenewalMs(): number {
    if (!this.#state) return Number.POSITIVE_INFINITY;
    const leftMs = Date.parse(this.#state.expiresAt) - this.#parts.clock.now();
    const untilDueMs = renewalDueMs(this.#state) - this.#parts.clock.now();
    if (untilDueMs > 0) return untilDueMs;
    return leftMs > 0 ? Math.max(leftMs / 4, firstRetryMs) : Number.POSITIVE_INFINITY;
  }
}

function renewalDueMs(state: AgentState): number {
  const [issuedAtMs, expiresAtMs] = [Date.parse(state.issuedAt), Date.parse(state.expiresAt)];
  return issuedAtMs + (expiresAtMs - issuedAtMs) * renewAfter;
}

/** A proxy in between may answer for a controller that is only starting. */
function isWorthWaiting(error: unknown): boolean {
  return (
    error instanceof PosternError &&
    (error.code === 'POSTERN_CONTROLLER_UNREACHABLE' || error.code === 'POSTERN_CONTROLLER_NOT_POSTERN')
  );
}
