import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { useStore } from 'zustand';
import { Announcements } from '../elements/Announcements.tsx';
import { type Stores, StoresContext } from '../stores/stores.ts';
import { theme } from '../theme/theme.ts';
import { ColorScheme } from './ColorScheme.tsx';
import { CommandPalette } from './CommandPalette.tsx';
import { Dialogs } from './dialogs/Dialogs.tsx';
import { Screens } from './Screens.tsx';
import { Waiting } from './Waiting.tsx';

/** @param env `test` leaves out transitions and portals, for component tests */
export function App({ stores, env = 'default' }: { stores: Stores; env?: 'default' | 'test' }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" env={env}>
      <StoresContext value={stores}>
        <Notifications position="bottom-right" limit={4} />
        <Announcements />
        <Interface stores={stores} />
      </StoresContext>
    </MantineProvider>
  );
}

function Interface({ stores }: { stores: Stores }) {
  const ready = useStore(stores.app, ({ state }) => state !== undefined);
  if (!ready) return <Waiting />;
  return (
    <>
      <ColorScheme />
      <Screens />
      <CommandPalette />
      <Dialogs />
    </>
  );
}
