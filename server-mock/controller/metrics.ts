import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { AuditEvent } from '../../proxy-core/contract/sessions.ts';

/** What an operator watches. Labels are few and bounded: no user, no path. */
export class ControllerMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'postern_gateway_requests_total',
    help: 'Kubernetes requests by cluster and decision',
    labelNames: ['cluster', 'decision'] as const,
    registers: [this.#registry],
  });
  readonly #counters = new Map<string, Counter.Internal>();
  readonly #running = new Gauge({
    name: 'postern_gateway_requests_running',
    help: 'Kubernetes requests under way, watches and shells among them',
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'postern_gateway_overhead_seconds',
    help: 'Time that the gateway adds before a response begins, network to the agent included',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers: [this.#registry],
  });

  constructor(read: { openSessions(): number; onlineClusters(): number; queuedAuditEvents(): number }) {
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(value());
        },
      });
    gauge('postern_sessions_open', 'Open sessions', read.openSessions);
    gauge('postern_clusters_online', 'Clusters with a connected agent', read.onlineClusters);
    gauge('postern_audit_events_queued', 'Audit events that wait for the disk', read.queuedAuditEvents);
  }

  /** @returns called with the event when the request is over */
  requestStarted(): (event: AuditEvent) => void {
    this.#running.inc();
    return (event) => {
      this.#running.dec();
      // A cluster that does not exist is a client's text, and no label.
      this.#requestsOf(event.grant === null ? '' : event.cluster, event.decision).inc();
      const ms = event.hopsMs.gateway;
      if (ms !== undefined) this.#seconds.observe(ms / 1_000);
    };
  }

  /** The counter of one pair of labels, looked up once. */
  #requestsOf(cluster: string, decision: string): Counter.Internal {
    const key = `${decision} ${cluster}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = this.#requests.labels(cluster, decision);
      this.#counters.set(key, counter);
    }
    return counter;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
