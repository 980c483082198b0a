import type * as http from 'node:http';
import type { Duplex } from 'node:stream';
import {
  fetchOver,
  type StreamOpener,
  type StreamTarget,
  type TunnelConnection,
  TunnelError,
  tunnelHttpAgent,
} from '../../../proxy-core/tunnel/index.ts';

export type AgentConnection = TunnelConnection & StreamOpener;

/**
 * One agent process, over however many connections it holds. The sessions that it was told of belong to the process:
 * they are forgotten here when its last connection goes, and announced anew when it comes back.
 */
export class AgentPeer implements StreamOpener {
  readonly id: string;
  readonly cluster: string;
  readonly connectedAtMs: number;
  readonly sourceAddress: string;
  /** Towards the cluster's API server, through the agent. */
  readonly kubernetes: http.Agent;
  /** HTTP calls to the agent itself. */
  readonly control: typeof fetch;
  /** When each session was last announced. */
  readonly announced = new Map<string, number>();
  readonly #controlAgent: http.Agent;
  readonly #connections = new Set<AgentConnection>();

  constructor(options: { id: string; cluster: string; connectedAtMs: number; sourceAddress: string }) {
    this.id = options.id;
    this.cluster = options.cluster;
    this.connectedAtMs = options.connectedAtMs;
    this.sourceAddress = options.sourceAddress;
    this.kubernetes = tunnelHttpAgent(this, 'kubernetes');
    this.#controlAgent = tunnelHttpAgent(this, 'control', { maxSockets: 64, maxFreeSockets: 4 });
    this.control = fetchOver(this.#controlAgent);
  }

  get isConnected(): boolean {
    return [...this.#connections].some((connection) => connection.acceptsStreams);
  }

  /** @param onGone called when the peer's last connection is gone */
  add(connection: AgentConnection, onGone: () => void): void {
    this.#connections.add(connection);
    connection.onClose(() => {
      this.#connections.delete(connection);
      if (this.#connections.size > 0) return;
      this.kubernetes.destroy();
      this.#controlAgent.destroy();
      onGone();
    });
  }

  /** On the connection with the fewest streams, so that one slow transfer does not gather the others behind it. */
  open(target: StreamTarget, options?: { signal?: AbortSignal }): Promise<Duplex> {
    let chosen: AgentConnection | undefined;
    for (const connection of this.#connections) {
      if (connection.acceptsStreams && (!chosen || connection.openStreams < chosen.openStreams)) chosen = connection;
    }
    if (!chosen) {
      return Promise.reject(
        new TunnelError('POSTERN_TUNNEL_UNAVAILABLE', `the agent of ${this.cluster} is not connected`),
      );
    }
    return chosen.open(target, options);
  }

  async close(how: (connection: AgentConnection) => void | Promise<void>): Promise<void> {
    await Promise.all([...this.#connections].map(how));
  }
}
