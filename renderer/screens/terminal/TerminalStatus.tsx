import { Button } from '@mantine/core';
import { openTerminalOn } from '../../actions/open-terminal.ts';
import { CopyableId } from '../../elements/CopyField.tsx';
import { RelativeTime } from '../../elements/RelativeTime.tsx';
import { StatusDot } from '../../elements/StatusDot.tsx';
import { useAppState, useIsCurrent, useStores } from '../../stores/stores.ts';
import { askToClose } from './ask-to-close.ts';
import classes from './terminal.module.css';
import type { TerminalState } from './terminal-of.ts';

/** Under the terminal: where commands go, and whether the shell still runs. */
export function TerminalStatus({ terminal }: { terminal: TerminalState }) {
  const stores = useStores();
  const cluster = useAppState((state) =>
    state.clusters.find(({ roles }) => roles.some(({ context }) => context === terminal.context)),
  );
  const current = useIsCurrent();
  const online = cluster?.status === 'online';
  const exited = terminal.exitCode !== null;
  return (
    <footer className={classes.status} data-exited={exited || undefined}>
      {exited ? (
        <>
          <StatusDot tone={terminal.exitCode === 0 ? 'off' : 'bad'} />
          <span role="status">
            The shell on {terminal.context} exited with code {terminal.exitCode}
          </span>
          <span className={classes.statusActs}>
            <Button
              size="compact-xs"
              variant="light"
              onClick={() => {
                void openTerminalOn(stores, terminal.context);
                askToClose(stores, terminal);
              }}
            >
              Reopen
            </Button>
            <Button size="compact-xs" onClick={() => askToClose(stores, terminal)}>
              Close terminal
            </Button>
          </span>
        </>
      ) : (
        <>
          <StatusDot tone={online && current ? 'ok' : 'off'} />
          <CopyableId what="context" value={terminal.context} />
          <span>
            {online ? (current ? 'Online' : 'Last seen online') : 'Offline'}
            {cluster?.emulated && ', emulated'}
          </span>
          <span className={classes.statusWide}>
            Opened <RelativeTime time={terminal.startedAt} />
          </span>
          <span className={classes.statusActs}>
            <span className={classes.statusWide}>F6 leaves the terminal</span>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => askToClose(stores, terminal)}>
              Close terminal
            </Button>
          </span>
        </>
      )}
    </footer>
  );
}
