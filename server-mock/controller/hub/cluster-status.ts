import type { AgentStatus } from '../../../proxy-core/contract/agent.ts';
import type { Cluster } from '../../../proxy-core/contract/clusters.ts';
import { timestamp } from '../clock.ts';

/** What every user of a cluster sees of it, less what policy adds. */
export type ClusterStatus = Pick<
  Cluster,
  'status' | 'statusSince' | 'latencyMs' | 'kubernetesVersion' | 'emulated' | 'insecureSkipTlsVerify'
>;

/** A latency that wanders less than this is not told anew. */
const latencyStepMs = 2;
const latencyStep = 0.25;

/** One cluster as the hub sees it over time. */
export class ObservedCluster {
  #online = false;
  #sinceMs: number;
  #latencyMs: number | null = null;
  #last: AgentStatus | undefined;

  constructor(sinceMs: number, last: AgentStatus | undefined) {
    this.#sinceMs = sinceMs;
    this.#last = last;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** @returns whether that is news */
  turned(state: 'online' | 'offline', atMs: number): boolean {
    const online = state === 'online';
    if (online === this.#online) return false;
    this.#online = online;
    this.#sinceMs = atMs;
    if (!online) this.#latencyMs = null;
    return true;
  }

  /** @returns whether that is news */
  measured(status: AgentStatus, roundTripMs: number): { changed: boolean; kept: boolean } {
    const before = this.#last;
    this.#last = status;
    const latencyMs = status.problem === null ? Math.round(roundTripMs * 10) / 10 : null;
    const moved = differs(this.#latencyMs, latencyMs);
    if (moved) this.#latencyMs = latencyMs;
    const kept =
      before?.kubernetesVersion !== status.kubernetesVersion ||
      before?.emulated !== status.emulated ||
      before?.insecureSkipTlsVerify !== status.insecureSkipTlsVerify;
    return { changed: moved || kept, kept };
  }

  status(): ClusterStatus {
    return {
      status: this.#online ? 'online' : 'offline',
      statusSince: timestamp(this.#sinceMs),
      latencyMs: this.#latencyMs,
      kubernetesVersion: this.#last?.kubernetesVersion ?? null,
      emulated: this.#last?.emulated ?? false,
      insecureSkipTlsVerify: this.#last?.insecureSkipTlsVerify ?? false,
    };
  }
}

function differs(before: number | null, now: number | null): boolean {
  if (before === null || now === null) return before !== now;
  return Math.abs(now - before) > Math.max(latencyStepMs, before * latencyStep);
}
