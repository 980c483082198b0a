import { AppShell } from '@mantine/core';
import type { ReactNode } from 'react';
import { ConnectionBanner } from './ConnectionBanner.tsx';
import { Navigation } from './Navigation.tsx';
import classes from './shell.module.css';
import { useRegionCycle } from './use-region-cycle.ts';
import { WarningList } from './WarningList.tsx';

/** The frame around every screen: navigation, banners, and the main region. */
export function Shell({ children }: { children: ReactNode }) {
  useRegionCycle();
  return (
    <AppShell navbar={{ width: { base: 56, md: 216 }, breakpoint: 0 }} transitionDuration={0}>
      <button type="button" className={classes.skip} onClick={() => document.getElementById('main')?.focus()}>
        Skip to content
      </button>
      <AppShell.Navbar className={classes.navbar} id="navigation" aria-label="Main">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main className={classes.main} id="main" tabIndex={-1}>
        <ConnectionBanner />
        <WarningList />
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
