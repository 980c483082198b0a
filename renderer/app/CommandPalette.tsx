import { useComputedColorScheme } from '@mantine/core';
import { Spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { apple } from '../elements/Shortcut.tsx';
import { useAppState, useStores } from '../stores/stores.ts';
import { paletteStore } from './palette.ts';
import { paletteActions } from './palette-actions.tsx';

/** Everything the interface can do, by its name. */
export function CommandPalette() {
  const stores = useStores();
  const state = useAppState((whole) => whole);
  const shown = useComputedColorScheme('light');
  return (
    <Spotlight
      store={paletteStore}
      actions={paletteActions(stores, state, shown)}
      shortcut={['mod + K']}
      // Ctrl+K belongs to the shell in a terminal; there it is Ctrl+Shift+K.
      tagsToIgnore={apple ? [] : ['TEXTAREA']}
      nothingFound="Nothing of that name. Try a cluster, a screen or a setting."
      scrollable
      maxHeight={440}
      overlayProps={{ blur: 0, backgroundOpacity: 0.4 }}
      limit={40}
      radius="lg"
      size={560}
      // From the top, so that the field stays where it is while the list below it grows and shrinks.
      centered={false}
      yOffset="12vh"
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.6} aria-hidden />,
        placeholder: 'Connect, open a terminal, go to',
        'aria-label': 'Command palette',
      }}
    />
  );
}
