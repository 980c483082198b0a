import { useMantineColorScheme } from '@mantine/core';
import { useEffect } from 'react';
import { useAppState } from '../stores/stores.ts';

/** The setting lives in the core; the provider keeps a copy in this browser so that the next start does not flash. */
export function ColorScheme() {
  const wanted = useAppState((state) => state.settings.colorScheme);
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => setColorScheme(wanted === 'system' ? 'auto' : wanted), [wanted, setColorScheme]);
  return null;
}
