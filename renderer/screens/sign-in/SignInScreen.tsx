import { Text, Title } from '@mantine/core';
import { useRef, useState } from 'react';
import type { SignInProgress } from '../../../proxy-core/contract/app.ts';
import type { PosternError } from '../../../proxy-core/contract/errors.ts';
import { runSignIn, type SignInMethod } from '../../actions/run-sign-in.ts';
import { showError } from '../../actions/show-error.ts';
import { ConnectionBanner } from '../../app/ConnectionBanner.tsx';
import { Logo } from '../../elements/Logo.tsx';
import { addressOf } from '../../stores/location.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { SignInForm } from './SignInForm.tsx';
import { SignInSteps } from './SignInSteps.tsx';
import classes from './sign-in.module.css';

export type DeviceProgress = Extract<SignInProgress, { kind: 'device' }>;

/** First run and sign-in: one thing to do, and what to expect from it. */
export function SignInScreen() {
  const { bridge } = useStores();
  const identity = useAppState((state) => state.identity);
  const organisation = useAppState((state) => state.organisation);
  const [error, setError] = useState<PosternError | null>(null);
  const [device, setDevice] = useState<DeviceProgress | null>(null);
  const [starting, setStarting] = useState(false);
  const cancelled = useRef(false);

  async function start(method: SignInMethod, controllerUrl?: string): Promise<void> {
    cancelled.current = false;
    setError(null);
    setDevice(null);
    setStarting(true);
    const failure = await runSignIn(bridge, { method, ...(controllerUrl ? { controllerUrl } : {}) }, (progress) => {
      if (progress.kind === 'device') setDevice(progress);
    });
    setStarting(false);
    if (failure && !cancelled.current) setError(failure);
  }

  async function cancel(): Promise<void> {
    cancelled.current = true;
    try {
      await bridge.identity.cancelSignIn();
    } catch (failure) {
      showError(failure);
    }
  }

  const problem = identity.kind === 'signed-out' ? identity.problem : null;
  return (
    <main className={classes.screen} id="main">
      <ConnectionBanner />
      <div className={classes.middle}>
        <div className={classes.card}>
          <Logo size={44} />
          <Title order={1} id="page-title" tabIndex={-1} className={classes.title}>
            {organisation ? `Sign in to ${organisation.name}` : 'Sign in to Postern'}
          </Title>
          {!organisation && identity.kind !== 'signing-in' && (
            <Text size="md" c="dimmed" ta="center" mt={-12} mb={20}>
              kubectl, Lens and a terminal on every cluster your organisation lets you reach.
            </Text>
          )}
          {identity.kind === 'signing-in' ? (
            <SignInSteps identity={identity} device={device} onCancel={() => void cancel()} />
          ) : (
            <SignInForm
              problem={error ?? problem}
              starting={starting}
              onStart={(method, url) => void start(method, url)}
            />
          )}
        </div>
      </div>
      <footer className={classes.footer}>
        <Text size="sm" c="dimmed" component="nav" aria-label="Without signing in">
          <a href={addressOf({ screen: 'session-log', session: null })}>Session log</a>
          <a href={addressOf({ screen: 'settings' })}>Settings</a>
        </Text>
      </footer>
    </main>
  );
}
