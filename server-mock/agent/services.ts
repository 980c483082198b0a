import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { Logger } from 'pino';
import type { Clock, HttpServer } from '../../proxy-core/tunnel/index.ts';
import { Accounts } from './accounts.ts';
import { ClusterAccounts } from './cluster-accounts.ts';
import { createControlServer } from './control.ts';
import { createKubernetesServer } from './forward.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { waitUntilEffective } from './rbac-propagation.ts';
import { Reaper } from './reaper.ts';
import { Sessions } from './sessions.ts';
import { agentVersion } from './version.ts';

/** What an agent does for its cluster, whoever connects it to a controller. */
export interface AgentServices {
  /** One HTTP server for each stream target. */
  servers: { control: Server; kubernetes: HttpServer };
  reaper: Reaper;
}

export function createServices(parts: {
  api: KubernetesApi;
  clock: Clock;
  logger: Logger;
  /** Fires when the agent stops. */
  stopping: AbortSignal;
  checkEveryMs?: number;
}): AgentServices {
  const { api, clock, logger, stopping } = parts;
  // One for each response under way.
  setMaxListeners(0, stopping);
  const cluster = new ClusterAccounts(api);
  const accounts = new Accounts({
    cluster,
    clock,
    waitUntilEffective: (token, role) => waitUntilEffective(api, clock, token, role),
  });
  const sessions = new Sessions({ accounts, clock, logger });
  return {
    servers: {
      control: createControlServer({ sessions, api, agentVersion, logger }),
      kubernetes: createKubernetesServer({ sessions, api, logger, stopping }),
    },
    reaper: new Reaper({ accounts, sessions, cluster, clock, logger, everyMs: parts.checkEveryMs }),
  };
}
