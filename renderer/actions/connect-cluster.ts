import type { OfferedRole } from '../../proxy-core/contract/app.ts';
import { announce } from '../elements/Announcements.tsx';
import { busyKey, setBusy } from '../stores/connections.ts';
import type { Stores } from '../stores/stores.ts';
import { showError } from './show-error.ts';

/** Opens a session; asks for the reason first where the grant wants one. */
export async function connectCluster(stores: Stores, cluster: string, role: OfferedRole): Promise<void> {
  if (role.requireReason && !role.sessionId) {
    stores.dialogs.setState({ question: { kind: 'reason', cluster, role, next: 'connect' } });
    return;
  }
  await startSession(stores, cluster, role);
}

/** @returns whether the session is open */
export async function startSession(
  { bridge, connections }: Stores,
  cluster: string,
  role: OfferedRole,
  reason?: string,
): Promise<boolean> {
  const done = setBusy(connections, busyKey('connect', cluster));
  try {
    const { context, command } = await bridge.clusters.connect({
      cluster,
      role: role.role,
      ...(reason ? { reason } : {}),
    });
    connections.setState((state) => ({
      command: { ...state.command, [context]: command },
      chosenRole: { ...state.chosenRole, [cluster]: role.role },
    }));
    announce(`Connected to ${cluster} as ${role.role}`);
    return true;
  } catch (error) {
    showError(error);
    return false;
  } finally {
    done();
  }
}
