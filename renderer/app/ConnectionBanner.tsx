import { Button, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { useSecondsUntil } from '../elements/RelativeTime.tsx';
import { StatusDot } from '../elements/StatusDot.tsx';
import { capitalised } from '../format/sentence.ts';
import { useAppState, useStores } from '../stores/stores.ts';
import classes from './shell.module.css';

/** Says why nothing is reachable and when it is tried again; absent while all is well. */
export function ConnectionBanner() {
  const { app, connection: link } = useStores();
  const linkState = useStore(app, (state) => state.link);
  const connection = useAppState((state) => state.connection);

  if (linkState.kind === 'lost') {
    return (
      <Banner
        tone="bad"
        retryAt={linkState.retryAt}
        action={<Button onClick={() => link.reconnectNow()}>Try now</Button>}
      >
        <strong>The Postern core stopped answering.</strong>{' '}
        <span className={classes.bannerHint}>
          What you see is the last known state.
          {linkState.retryAt && (
            <>
              {' '}
              If it does not come back, start it and run <code>postern ui</code> for a new address.
            </>
          )}
        </span>
      </Banner>
    );
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

interface BannerProps {
  tone: 'quiet' | 'warn' | 'bad';
  retryAt: string | Date | null;
  action?: ReactNode;
  children: ReactNode;
}

function Banner({ tone, retryAt, action, children }: BannerProps) {
  const seconds = useSecondsUntil(retryAt);
  return (
    <div className={classes.banner} data-tone={tone}>
      {tone === 'quiet' ? <Loader size={12} color="gray" /> : <StatusDot tone={tone} />}
      <div className={classes.bannerText} role="status">
        {children}
      </div>
      {retryAt && (
        <span className={classes.countdown} aria-hidden>
          {seconds > 0 ? `Trying again in ${seconds} s` : 'Trying again'}
        </span>
      )}
      {action}
    </div>
  );
}
