import { Button } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { EmptyPlace } from '../../elements/EmptyPlace.tsx';
import { addressOf } from '../../stores/location.ts';
import { useAppState } from '../../stores/stores.ts';

/** A log that nothing was written to: the whole screen says how that begins. */
export function NoSessionsYet() {
  const signedIn = useAppState((state) => state.identity.kind === 'signed-in');
  return (
    <EmptyPlace
      icon={<IconHistory />}
      title="No sessions yet"
      actions={
        <Button component="a" href={addressOf({ screen: 'clusters' })}>
          {signedIn ? 'Go to clusters' : 'Sign in'}
        </Button>
      }
    >
      {signedIn
        ? 'Connect to a cluster, or run kubectl on one; each command and each of its requests appears here as it happens.'
        : 'Sign in and run kubectl on a cluster; each command and each of its requests appears here as it happens.'}
    </EmptyPlace>
  );
}
