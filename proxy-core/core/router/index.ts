import type { Terminals } from '../../terminal/index.ts';
import type { RunningCore } from '../running-core.ts';
import { adminProcedures } from './admin.ts';
import { clusterProcedures } from './clusters.ts';
import { type Host, hostProcedures } from './host.ts';
import { identityProcedures } from './identity.ts';
import { contract } from './implementation.ts';
import { kubeconfigProcedures } from './kubeconfig.ts';
import { sessionProcedures } from './sessions.ts';
import { settingsProcedures } from './settings.ts';
import { stateProcedures } from './state.ts';
import { terminalProcedures } from './terminals.ts';

/** The app contract, whole, over one running core. */
export function appRouter(core: RunningCore, terminals: Terminals, host: Host) {
  return contract.router({
    state: stateProcedures(core),
    identity: identityProcedures(core),
    clusters: clusterProcedures(core),
    kubeconfig: kubeconfigProcedures(core),
    sessions: sessionProcedures(core),
    terminals: terminalProcedures(terminals),
    settings: settingsProcedures(core),
    host: hostProcedures(host),
    admin: adminProcedures(core),
  });
}
