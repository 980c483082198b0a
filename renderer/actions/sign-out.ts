import type { AppState } from '../../proxy-core/contract/app.ts';
import { count } from '../format/quantities.ts';
import { goTo } from '../stores/location.ts';
import type { Stores } from '../stores/stores.ts';
import { showError } from './show-error.ts';

/** What ends with the sign-out, one line each, for the person to decide on. */
export function whatSignOutStops(state: AppState): string[] {
  const lines: string[] = [];
  const open = state.clusters.flatMap((cluster) =>
    cluster.roles.filter((role) => role.sessionId).map((role) => `${cluster.name} as ${role.role}`),
  );
  if (open.length > 0)
    lines.push(`${count(open.length, 'session')} ${open.length === 1 ? 'ends' : 'end'}: ${open.join(', ')}`);
  const shells = state.terminals.filter((terminal) => terminal.exitCode === null).length;
  if (shells > 0) {
    lines.push(`${count(shells, 'terminal')} ${shells === 1 ? 'loses' : 'lose'} access; running commands are cut off`);
  }
  lines.push('kubectl, Lens and helm are refused from then on');
  lines.push(
    `${count(state.kubeconfig.contexts.length, 'context')} are removed from ${state.kubeconfig.path}`.replace(
      /^1 context are/,
      '1 context is',
    ),
  );
  return lines;
}

export async function signOut({ bridge }: Stores): Promise<boolean> {
  try {
    await bridge.identity.signOut();
    goTo({ screen: 'clusters' });
    return true;
  } catch (error) {
    showError(error);
    return false;
  }
}
