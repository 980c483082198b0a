import type { AppState } from '../proxy-core/contract/app.ts';
import type { CoreClient } from './core-client.ts';
import type { TrayAction } from './tray-menu.ts';

export interface ActionSurroundings {
  /** Undefined while there is no core. */
  client: CoreClient | undefined;
  state: AppState | undefined;
  openWindow(): void;
  quit(): void;
  copy(text: string): void;
}

/**
 * Does what an entry of the tray says.
 *
 * @throws what the core answers where it refuses
 */
export async function performAction(action: TrayAction, around: ActionSurroundings): Promise<void> {
  const { client } = around;
  switch (action.kind) {
    case 'open':
      return around.openWindow();
    case 'quit':
      return around.quit();
    case 'copy-command': {
      if (around.state) around.copy(kubectlCommand(around.state.kubeconfig.path, action.context));
      return;
    }
    case 'sign-in':
      // Without a controller there is something to type first.
      if (!around.state?.settings.controllerUrl) return around.openWindow();
      for await (const _ of await requireClient(client).identity.signIn({ method: 'browser' })) {
        // Its progress shows in the state.
      }
      return;
    case 'cancel-sign-in':
      await requireClient(client).identity.cancelSignIn();
      return;
    case 'sign-out':
      await requireClient(client).identity.signOut();
      return;
    case 'connect':
      await requireClient(client).clusters.connect({ cluster: action.cluster, role: action.role });
      return;
    case 'disconnect':
      await requireClient(client).clusters.disconnect({ cluster: action.cluster, role: action.role });
      return;
    default:
      action satisfies never;
  }
}

function requireClient(client: CoreClient | undefined): CoreClient {
  if (!client) throw new Error('Postern is restarting; try again in a moment.');
  return client;
}

function kubectlCommand(kubeconfig: string, context: string): string {
  return `kubectl --kubeconfig ${quoted(kubeconfig)} --context ${quoted(context)} get pods`;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
