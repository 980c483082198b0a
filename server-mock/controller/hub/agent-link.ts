import {
  fetchOver,
  type StreamOpener,
  type TunnelConnection,
  tunnelHttpAgent,
  tunnelPool,
  type UpstreamPool,
} from '../../../proxy-core/tunnel/index.ts';

export type AgentConnection = TunnelConnection & StreamOpener;

/**
 * One connection of an agent. What the agent was told of sessions is kept for each: an agent that restarts comes back
 * under the same id on new connections, while its dead ones may not have been noticed yet.
 */
export class AgentLink {
  readonly agentId: string;
  readonly cluster: string;
  readonly connectedAtMs: number;
  readonly sourceAddress: string;
  readonly connection: AgentConnection;
  /** Towards the cluster's API server, through the agent. */
  readonly kubernetes: UpstreamPool;
  /** HTTP calls to the agent itself. */
  readonly control: typeof fetch;
  /** As what, and when, each session was last announced here. */
  readonly announced = new Map<string, { text: string; atMs: number }>();

  constructor(options: {
    agentId: string;
    cluster: string;
    connectedAtMs: number;
    sourceAddress: string;
    connection: AgentConnection;
  }) {
    this.agentId = options.agentId;
    this.cluster = options.cluster;
    this.connectedAtMs = options.connectedAtMs;
    this.sourceAddress = options.sourceAddress;
    this.connection = options.connection;
    this.kubernetes = tunnelPool(this.connection, 'kubernetes');
    const control = tunnelHttpAgent(this.connection, 'control', { maxSockets: 64, maxFreeSockets: 4 });
    this.control = fetchOver(control);
    this.connection.onClose(() => {
      this.kubernetes.close();
      control.destroy();
    });
  }
}
