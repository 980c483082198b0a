import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight';
import {
  IconBox,
  IconHistory,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconPlugConnected,
  IconPlugConnectedX,
  IconSettings,
  IconSun,
  IconTerminal2,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { AppState, OfferedCluster, OfferedRole } from '../../proxy-core/contract/app.ts';
import { connectCluster } from '../actions/connect-cluster.ts';
import { openTerminal } from '../actions/open-terminal.ts';
import { saveSettings } from '../actions/save-settings.ts';
import { Shortcut } from '../elements/Shortcut.tsx';
import { goTo, type Screen, screens } from '../stores/location.ts';
import type { Stores } from '../stores/stores.ts';
import { locationOf } from './use-shortcuts.ts';

const iconProps = { size: 18, stroke: 1.6, 'aria-hidden': true } as const;
const screenIcons: Record<Screen, typeof IconBox> = {
  clusters: IconBox,
  terminal: IconTerminal2,
  'session-log': IconHistory,
  settings: IconSettings,
};

/**
 * Everything that can be done now, for the command palette.
 *
 * @param shown the colours on the screen, which the system may have chosen
 */
export function paletteActions(stores: Stores, state: AppState, shown: 'light' | 'dark'): SpotlightActionGroupData[] {
  return [
    goToActions(),
    ...terminalActions(state),
    ...clusterActions(stores, state),
    posternActions(stores, state, shown),
  ];
}

function clusterActions(stores: Stores, state: AppState): SpotlightActionGroupData[] {
  if (state.identity.kind !== 'signed-in' || state.clusters.length === 0) return [];
  const actions = state.clusters.flatMap((cluster) =>
    cluster.roles.flatMap((role) => roleActions(stores, cluster, role)),
  );
  return [{ group: 'Clusters', actions }];
}

function roleActions(stores: Stores, cluster: OfferedCluster, role: OfferedRole): SpotlightActionData[] {
  const labels = Object.entries(cluster.labels).map(([key, value]) => `${key}=${value}`);
  const as = cluster.roles.length > 1 ? ` as ${role.role}` : '';
  const common = {
    keywords: [cluster.displayName, cluster.status, role.context, ...labels],
    rightSection: <Aside>{cluster.status === 'online' ? cluster.displayName : 'Offline'}</Aside>,
  };
  const terminal: SpotlightActionData = {
    ...common,
    id: `terminal-${role.context}`,
    label: `Open terminal on ${cluster.name}${as}`,
    leftSection: <IconTerminal2 {...iconProps} />,
    onClick: () => void openTerminal(stores, cluster.name, role),
  };
  if (role.sessionId) {
    const disconnect: SpotlightActionData = {
      ...common,
      id: `disconnect-${role.context}`,
      label: `Disconnect from ${cluster.name}${as}`,
      leftSection: <IconPlugConnectedX {...iconProps} />,
      onClick: () => stores.dialogs.setState({ question: { kind: 'disconnect', cluster: cluster.name, role } }),
    };
    return [terminal, disconnect];
  }
  const connect: SpotlightActionData = {
    ...common,
    id: `connect-${role.context}`,
    label: `Connect to ${cluster.name}${as}`,
    leftSection: <IconPlugConnected {...iconProps} />,
    onClick: () => {
      goTo({ screen: 'clusters' });
      void connectCluster(stores, cluster.name, role);
    },
  };
  return cluster.status === 'online' ? [terminal, connect] : [terminal];
}

function terminalActions(state: AppState): SpotlightActionGroupData[] {
  if (state.terminals.length === 0) return [];
  return [
    {
      group: 'Open terminals',
      actions: state.terminals.map((terminal) => ({
        id: `go-terminal-${terminal.id}`,
        label: `Go to terminal ${terminal.title}`,
        ...(terminal.title === terminal.context ? {} : { rightSection: <Aside>{terminal.context}</Aside> }),
        leftSection: <IconTerminal2 {...iconProps} />,
        onClick: () => goTo({ screen: 'terminal', terminal: terminal.id }),
      })),
    },
  ];
}

function goToActions(): SpotlightActionGroupData {
  return {
    group: 'Go to',
    actions: screens.map(({ screen, title, key }) => {
      const Icon = screenIcons[screen];
      return {
        id: `screen-${screen}`,
        label: title,
        leftSection: <Icon {...iconProps} />,
        rightSection: <Shortcut keys={`g ${key}`} />,
        onClick: () => goTo(locationOf(screen)),
      };
    }),
  };
}

function posternActions(stores: Stores, state: AppState, shown: 'light' | 'dark'): SpotlightActionGroupData {
  const dark = shown === 'dark';
  const actions: SpotlightActionData[] = [
    {
      id: 'appearance',
      label: dark ? 'Light appearance' : 'Dark appearance',
      keywords: 'theme colour scheme mode',
      leftSection: dark ? <IconSun {...iconProps} /> : <IconMoon {...iconProps} />,
      onClick: () => void saveSettings(stores, { colorScheme: dark ? 'light' : 'dark' }),
    },
    {
      id: 'shortcuts',
      label: 'Keyboard shortcuts',
      leftSection: <IconKeyboard {...iconProps} />,
      rightSection: <Shortcut keys="?" />,
      onClick: () => stores.dialogs.setState({ question: { kind: 'shortcuts' } }),
    },
  ];
  if (state.identity.kind === 'signed-in') {
    actions.push({
      id: 'sign-out',
      label: 'Sign out',
      leftSection: <IconLogout {...iconProps} />,
      onClick: () => stores.dialogs.setState({ question: { kind: 'sign-out' } }),
    });
  }
  return { group: 'Postern', actions };
}

function Aside({ children }: { children: ReactNode }) {
  return <span style={{ fontSize: 12 }}>{children}</span>;
}
