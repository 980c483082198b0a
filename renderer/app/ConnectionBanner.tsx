import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import type { LinkState } from '../bridge/bridge.ts';
import { CopyField } from '../elements/CopyField.tsx';
import { useSecondsSince, useSecondsUntil } from '../elements/RelativeTime.tsx';
import { StatusDot } from '../elements/StatusDot.tsx';
import { capitalised } from '../format/sentence.ts';
import { useAppState, useStores } from '../stores/stores.ts';
import classes from './shell.module.css';

const givenUpAfterSeconds = 5;

/** Says why nothing is reachable and when it is tried again; absent while all is well. */
export function ConnectionBanner() {
  const { app, connection: link } = useStores();
  const linkState = useStore(app, (state) => state.link);
  const connection = useAppState((state) => state.connection);

  if (linkState.kind === 'lost') {
    const retry = (
      <Button size="compact-xs" onClick={() => link.reconnectNow()}>
        Try now
      </Button>
    );
    return <LostCore link={linkState} retry={retry} />;
  }
  if (connection.kind === 'waiting') {
    const { problem, retryAt } = connection;
    return (
      <Banner tone="warn" retryAt={retryAt}>
        <strong>{capitalised(problem.message)}.</strong>{' '}
        {problem.hint && <span className={classes.bannerHint}>{capitalised(problem.hint)}.</span>}
      </Banner>
    );
  }
  if (connection.kind === 'connecting') {
    return (
      <Banner tone="quiet" retryAt={null}>
        {connection.attempt > 1
          ? `Connecting to the controller, attempt ${connection.attempt}`
          : 'Connecting to the controller'}
      </Banner>
    );
  }
  return null;
}

/** A core that is started anew listens on another port: after a while, only a new address leads to it. */
function LostCore({ link, retry }: { link: Extract<LinkState, { kind: 'lost' }>; retry: ReactNode }) {
  const seconds = useSecondsSince(link.since);
  if (link.retryAt && seconds >= givenUpAfterSeconds) {
    return (
      <Banner
        tone="bad"
        retryAt={null}
        action={retry}
        command={<CopyField what="command" prompt="$" value="postern ui" />}
      >
        <strong>Postern stopped or was restarted, and this page cannot follow it.</strong>{' '}
        <span className={classes.bannerHint}>To go on, run this command and open the address that it prints:</span>
      </Banner>
    );
  }
  return (
    <Banner tone="bad" retryAt={link.retryAt} action={retry}>
      <strong>The Postern core stopped answering.</strong>{' '}
      <span className={classes.bannerHint}>What you see is the last known state.</span>
    </Banner>
  );
}

interface BannerProps {
  tone: 'quiet' | 'warn' | 'bad';
  retryAt: string | Date | null;
  action?: ReactNode;
  /** What to run, below the words. */
  command?: ReactNode;
  children: ReactNode;
}

function Banner({ tone, retryAt, action, command, children }: BannerProps) {
  const seconds = useSecondsUntil(retryAt);
  return (
    <div className={classes.banner} data-tone={tone}>
      <span className={classes.bannerMark}>
        {tone === 'quiet' ? <Loader size={12} color="gray" /> : <StatusDot tone={tone} />}
      </span>
      <div className={classes.bannerText}>
        <span role="status">{children}</span>
        {retryAt && (
          <span className={classes.countdown} aria-hidden>
            {seconds > 0 ? ` Trying again in ${seconds} s.` : ' Trying again.'}
          </span>
        )}
        {command && <div className={classes.bannerCommand}>{command}</div>}
      </div>
      {action}
    </div>
  );
}
