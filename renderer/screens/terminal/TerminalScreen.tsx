import { Tabs, VisuallyHidden } from '@mantine/core';
import { lazy, Suspense, useEffect } from 'react';
import { useStore } from 'zustand';
import { goTo, replaceLocation } from '../../stores/location.ts';
import { useAppState, useLocation, useStores } from '../../stores/stores.ts';
import { frontTerminal } from '../../stores/terminal-tabs.ts';
import { NoTerminals } from './NoTerminals.tsx';
import { TerminalStatus } from './TerminalStatus.tsx';
import { TerminalTabBar } from './TerminalTabBar.tsx';
import classes from './terminal.module.css';
import { useTerminalKeys } from './use-terminal-keys.ts';

// xterm is a third of the whole interface; it is fetched when the first terminal is shown.
const TerminalPane = lazy(() => import('./TerminalPane.tsx'));

/** The in-app terminals: each a shell with KUBECONFIG and context set. */
export function TerminalScreen() {
  const stores = useStores();
  const terminals = useAppState((state) => state.terminals);
  const location = useLocation();
  const wanted = location.screen === 'terminal' ? location.terminal : null;
  const active = useStore(stores.terminals, (state) => state.active);
  const fresh = useStore(stores.terminals, (state) => state.fresh);
  const front = frontTerminal(wanted ?? active, terminals, fresh);

  useEffect(() => {
    stores.terminals.setState({ active: front });
    if (front) replaceLocation({ screen: 'terminal', terminal: front });
  }, [front, stores]);
  useTerminalKeys(front);

  const shown = terminals.find((terminal) => terminal.id === front);
  return (
    <section className={classes.screen} aria-labelledby="page-title">
      <VisuallyHidden>
        <h1 id="page-title" tabIndex={-1}>
          Terminal
        </h1>
      </VisuallyHidden>
      {terminals.length === 0 ? (
        <NoTerminals />
      ) : (
        <Tabs
          className={classes.tabs}
          value={front}
          onChange={(id) => goTo({ screen: 'terminal', terminal: id })}
          keepMounted
          keepMountedMode="display-none"
          activateTabWithKeyboard
        >
          <TerminalTabBar terminals={terminals} shown={shown} />
          {terminals.map((terminal) => (
            <Tabs.Panel key={terminal.id} value={terminal.id} className={classes.panel}>
              <Suspense fallback={null}>
                <TerminalPane terminal={terminal} isShown={terminal.id === front} />
              </Suspense>
            </Tabs.Panel>
          ))}
          {shown && <TerminalStatus terminal={shown} />}
        </Tabs>
      )}
    </section>
  );
}
