import type { AgentSession } from '../../../proxy-core/contract/agent.ts';
import type { HeldRole } from '../../../proxy-core/contract/clusters.ts';
import type { RoleSpec } from '../../../proxy-core/contract/policy.ts';
import type { Session } from '../../../proxy-core/contract/sessions.ts';
import { Cut } from '../../../proxy-core/tunnel/index.ts';
import { timestamp } from '../clock.ts';
import type { Device } from '../identity/devices.ts';

/** One running request of a session, as far as ending it goes. */
export interface SessionStream {
  /** Falls when the session ends: both sides are cut at once. */
  readonly cut: Cut;
  /** Called when the request is over. */
  done(outcome: { bytesIn: number; bytesOut: number }): void;
}

/** An open session in memory. Its record is what everybody sees of it. */
export class LiveSession {
  readonly record: Session;
  readonly device: Device;
  idleTimeoutMs: number;
  /** Changed since it was last written. */
  dirty = false;
  #maxDurationMs: number | null;
  #role: HeldRole;
  #lastActiveMs: number;
  #openStreams = 0;
  /** Cuts all that runs, and what had been let in and begins only now. */
  readonly #cut = new Cut();

  constructor(options: { record: Session; device: Device; role: HeldRole; idleTimeoutMs: number }) {
    this.record = options.record;
    this.device = options.device;
    this.idleTimeoutMs = options.idleTimeoutMs;
    this.#role = options.role;
    this.#maxDurationMs = options.role.maxDurationMs;
    this.#lastActiveMs = Date.parse(options.record.lastActiveAt);
    this.setEnd();
  }

  get openStreams(): number {
    return this.#openStreams;
  }

  /** The grant or its conditions may have changed. @returns whether the end moved */
  regrant(role: HeldRole, idleTimeoutMs: number): boolean {
    this.#role = role;
    this.#maxDurationMs = role.maxDurationMs;
    this.idleTimeoutMs = idleTimeoutMs;
    this.dirty ||= this.record.grant !== role.grant;
    this.record.grant = role.grant;
    return this.setEnd();
  }

  /** The earlier of the grant's maximum and the certificate's end. @returns whether it moved */
  setEnd(): boolean {
    const ends = [this.device.certificateExpiresAtMs];
    if (this.#maxDurationMs !== null) ends.push(Date.parse(this.record.startedAt) + this.#maxDurationMs);
    const expiresAt = timestamp(Math.min(...ends));
    if (this.record.expiresAt === expiresAt) return false;
    this.record.expiresAt = expiresAt;
    this.dirty = true;
    return true;
  }

  begin(nowMs: number): SessionStream {
    this.#touch(nowMs);
    this.record.requestCount += 1;
    this.#openStreams += 1;
    let over = false;
    return {
      cut: this.#cut,
      done: ({ bytesIn, bytesOut }) => {
        if (over) return;
        over = true;
        this.#openStreams -= 1;
        this.record.bytesIn += bytesIn;
        this.record.bytesOut += bytesOut;
        this.dirty = true;
      },
    };
  }

  denied(nowMs: number): void {
    this.#touch(nowMs);
    this.record.deniedCount += 1;
  }

  /** A session with a request under way is not idle, however quiet that is: nothing ends a watch for being quiet. */
  isIdle(nowMs: number): boolean {
    if (this.#openStreams > 0) {
      this.#touch(nowMs);
      return false;
    }
    return nowMs - this.#lastActiveMs >= this.idleTimeoutMs;
  }

  isExpired(nowMs: number): boolean {
    return this.record.expiresAt !== null && nowMs >= Date.parse(this.record.expiresAt);
  }

  /** At its end. */
  cutStreams(reason: Error): void {
    this.#cut.fall(reason);
  }

  /** What tells whether an agent has to be told of it. */
  get forHub(): Pick<AgentSession, 'id' | 'idleTimeoutMs'> {
    return { id: this.record.id, idleTimeoutMs: this.idleTimeoutMs };
  }

  /** As an agent is told of it. */
  forAgent(spec: RoleSpec): AgentSession {
    return {
      id: this.record.id,
      user: this.record.user,
      groups: [...this.device.person.groups],
      role: this.record.role,
      roleSpec: spec,
      isDefaultRole: this.#role.isDefault,
      expiresAt: this.record.expiresAt,
      idleTimeoutMs: this.idleTimeoutMs,
    };
  }

  #touch(nowMs: number): void {
    this.#lastActiveMs = nowMs;
    this.record.lastActiveAt = timestamp(nowMs);
    this.dirty = true;
  }
}
