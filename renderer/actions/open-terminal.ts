import type { OfferedRole } from '../../proxy-core/contract/app.ts';
import { busyKey, setBusy } from '../stores/connections.ts';
import { goTo } from '../stores/location.ts';
import type { Stores } from '../stores/stores.ts';
import { showError } from './show-error.ts';

/** Until the tab measures itself. */
const firstSize = { columns: 120, rows: 32 };

/** Opens a terminal on a role's context; asks for the reason first where the grant wants one and no session is open. */
export async function openTerminal(stores: Stores, cluster: string, role: OfferedRole): Promise<void> {
  if (role.requireReason && !role.sessionId) {
    stores.dialogs.setState({ question: { kind: 'reason', cluster, role, next: 'terminal' } });
    return;
  }
  const done = setBusy(stores.connections, busyKey('terminal', cluster));
  try {
    await openTerminalOn(stores, role.context);
  } finally {
    done();
  }
}

export async function openTerminalOn({ bridge, terminals }: Stores, context: string): Promise<void> {
  try {
    const { id } = await bridge.terminals.open({ context, ...firstSize });
    terminals.setState(({ fresh }) => ({ active: id, fresh: { ...fresh, [id]: true } }));
    goTo({ screen: 'terminal', terminal: id });
  } catch (error) {
    showError(error);
  }
}

export async function closeTerminal({ bridge, terminals }: Stores, id: string): Promise<void> {
  try {
    await bridge.terminals.close({ id });
    terminals.setState(({ active }) => ({ active: active === id ? null : active }));
  } catch (error) {
    showError(error);
  }
}
