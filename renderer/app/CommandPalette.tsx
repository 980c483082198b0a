import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData } from '@mantine/spotlight';
import {
  IconBox,
  IconHistory,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconPlugConnected,
  IconPlugConnectedX,
  IconSearch,
  IconSettings,
  IconSun,
  IconTerminal2,
} from '@tabler/icons-react';
import type { AppState } from '../../proxy-core/contract/app.ts';
import { connectCluster } from '../actions/connect-cluster.ts';
import { openTerminal } from '../actions/open-terminal.ts';
import { saveSettings } from '../actions/save-settings.ts';
import { apple, Shortcut } from '../elements/Shortcut.tsx';
import { goTo, type Screen, screens } from '../stores/location.ts';
import { type Stores, useAppState, useStores } from '../stores/stores.ts';
import { paletteStore } from './palette.ts';
import { locationOf } from './use-shortcuts.ts';

const iconProps = { size: 18, stroke: 1.6, 'aria-hidden': true } as const;
const screenIcons: Record<Screen, typeof IconBox> = {
  clusters: IconBox,
  terminal: IconTerminal2,
  'session-log': IconHistory,
  settings: IconSettings,
};

/** Everything the interface can do, by its name. */
export function CommandPalette() {
  const stores = useStores();
  const state = useAppState((whole) => whole);
  return (
    <Spotlight
      store={paletteStore}
      actions={[...clusterActions(stores, state), ...terminalActions(state), ...generalActions(stores, state)]}
      shortcut={['mod + K']}
      // Ctrl+K belongs to the shell in a terminal; there it is Ctrl+Shift+K.
      tagsToIgnore={apple ? [] : ['TEXTAREA']}
      nothingFound="Nothing of that name. Try a cluster, a screen or a setting."
      scrollable
      maxHeight={420}
      limit={40}
      radius="lg"
      size={560}
      searchProps={{
        leftSection: <IconSearch {...iconProps} />,
        placeholder: 'Connect, open a terminal, go to',
        'aria-label': 'Command palette',
      }}
    />
  );
}

function clusterActions(stores: Stores, state: AppState): SpotlightActionGroupData[] {
  if (state.identity.kind !== 'signed-in' || state.clusters.length === 0) return [];
  const actions = state.clusters.flatMap((cluster): SpotlightActionData[] =>
    cluster.roles.flatMap((role) => {
      const keywords = Object.entries(cluster.labels).map(([key, value]) => `${key}=${value}`);
      const as = cluster.roles.length > 1 ? ` as ${role.role}` : '';
      const description = `${cluster.displayName}, ${cluster.status}`;
      return [
        {
          id: `terminal-${role.context}`,
          label: `Open terminal on ${cluster.name}${as}`,
          description,
          keywords,
          leftSection: <IconTerminal2 {...iconProps} />,
          onClick: () => void openTerminal(stores, cluster.name, role),
        },
        role.sessionId
          ? {
              id: `disconnect-${role.context}`,
              label: `Disconnect from ${cluster.name}${as}`,
              description,
              keywords,
              leftSection: <IconPlugConnectedX {...iconProps} />,
              onClick: () => stores.dialogs.setState({ question: { kind: 'disconnect', cluster: cluster.name, role } }),
            }
          : {
              id: `connect-${role.context}`,
              label: `Connect to ${cluster.name}${as}`,
              description,
              keywords,
              leftSection: <IconPlugConnected {...iconProps} />,
              onClick: () => {
                goTo({ screen: 'clusters' });
                void connectCluster(stores, cluster.name, role);
              },
            },
      ];
    }),
  );
  return [{ group: 'Clusters', actions }];
}

function terminalActions(state: AppState): SpotlightActionGroupData[] {
  if (state.terminals.length === 0) return [];
  return [
    {
      group: 'Open terminals',
      actions: state.terminals.map((terminal) => ({
        id: `go-terminal-${terminal.id}`,
        label: `Go to terminal ${terminal.title}`,
        description: terminal.context,
        leftSection: <IconTerminal2 {...iconProps} />,
        onClick: () => goTo({ screen: 'terminal', terminal: terminal.id }),
      })),
    },
  ];
}

function generalActions(stores: Stores, state: AppState): SpotlightActionGroupData[] {
  const dark = state.settings.colorScheme === 'dark';
  return [
    {
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
    },
    {
      group: 'Postern',
      actions: [
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
        ...(state.identity.kind === 'signed-in'
          ? [
              {
                id: 'sign-out',
                label: 'Sign out',
                leftSection: <IconLogout {...iconProps} />,
                onClick: () => stores.dialogs.setState({ question: { kind: 'sign-out' } }),
              },
            ]
          : []),
      ],
    },
  ];
}
