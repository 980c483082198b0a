import { useEffect } from 'react';
import { useStore } from 'zustand';
import { Page } from '../../elements/Page.tsx';
import { isEmptyLog } from '../../stores/session-log.ts';
import { useLocation, useStores } from '../../stores/stores.ts';
import { LogFilters } from './LogFilters.tsx';
import { NoSessionsYet } from './NoSessionsYet.tsx';
import { SessionDetailPane } from './SessionDetailPane.tsx';
import { SessionList } from './SessionList.tsx';
import classes from './session-log.module.css';

/** Sessions on the left, and of the chosen one the commands and their requests; all of it live. */
export function SessionLogScreen() {
  const { sessionLog } = useStores();
  const location = useLocation();
  const wanted = location.screen === 'session-log' ? location.session : null;
  const newest = useStore(sessionLog.store, (state) => state.sessions?.[0]?.id ?? null);

  useEffect(() => sessionLog.start(), [sessionLog]);
  // Where the address names no session, the newest one is shown, and stays shown when newer ones come.
  const selected = useStore(sessionLog.store, (state) => state.selected);
  useEffect(() => sessionLog.select(wanted ?? selected ?? newest), [sessionLog, wanted, selected, newest]);

  const empty = useStore(sessionLog.store, isEmptyLog);
  if (empty && wanted === null) {
    return (
      <Page title="Session log" width="full">
        <NoSessionsYet />
      </Page>
    );
  }
  return (
    <Page title="Session log" width="full" tools={<LogFilters />}>
      <div className={classes.split} data-reading={wanted !== null || undefined}>
        <SessionList />
        <SessionDetailPane />
      </div>
    </Page>
  );
}
