import { Button, Loader, Text, UnstyledButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { IdentityState } from '../../../proxy-core/contract/app.ts';
import { CopyField } from '../../elements/CopyField.tsx';
import { useSecondsUntil } from '../../elements/RelativeTime.tsx';
import { useCopy } from '../../elements/use-copy.ts';
import type { DeviceProgress } from './SignInScreen.tsx';
import classes from './sign-in.module.css';

interface SignInStepsProps {
  identity: Extract<IdentityState, { kind: 'signing-in' }>;
  device: DeviceProgress | null;
  onCancel: () => void;
}

/** A sign-in under way: what to do meanwhile, in this browser or elsewhere. */
export function SignInSteps({ identity, device, onCancel }: SignInStepsProps) {
  return (
    <div className={classes.form}>
      {identity.method === 'device' ? (
        <DeviceSteps identity={identity} device={device} />
      ) : (
        <BrowserSteps method={identity.method} url={identity.url} />
      )}
      <Button size="sm" variant="subtle" color="gray" onClick={onCancel}>
        Cancel
      </Button>
    </div>
  );
}

function BrowserSteps({ method, url }: { method: 'browser' | 'url'; url: string | null }) {
  return (
    <>
      <div className={classes.waiting} role="status">
        <Loader size={16} aria-hidden />
        <Text size="md">
          {method === 'browser' ? 'Finish signing in in your browser' : 'Open this address in a browser'}
        </Text>
      </div>
      {url && (
        <div>
          <CopyField what="sign-in address" value={url} />
          <Text size="sm" c="dimmed" ta="center" mt={8}>
            {method === 'browser'
              ? 'No window opened? Paste the address into a browser on this machine.'
              : 'The browser has to run on this machine. For any other, cancel and use another device.'}
          </Text>
        </div>
      )}
    </>
  );
}

function DeviceSteps({ identity, device }: Omit<SignInStepsProps, 'onCancel'>) {
  const seconds = useSecondsUntil(device?.expiresAt ?? null);
  const url = device?.verificationUrl ?? identity.url;
  const code = device?.userCode ?? identity.userCode;
  return (
    <>
      <div className={classes.waiting} role="status">
        <Loader size={16} aria-hidden />
        <Text size="md">{code ? 'Enter this code on another device' : 'Asking for a code'}</Text>
      </div>
      {code && <DeviceCode code={code} />}
      {url && <CopyField what="verification address" value={url} />}
      {device && (
        <Text size="sm" c="dimmed" ta="center">
          {seconds > 0
            ? `The code is valid for ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} more`
            : 'The code has expired. Cancel, and use another device again for a new one.'}
        </Text>
      )}
    </>
  );
}

function DeviceCode({ code }: { code: string }) {
  const { copied, copy } = useCopy('code');
  return (
    <UnstyledButton className={classes.code} onClick={() => copy(code)} aria-label={`Copy code: ${code}`}>
      {code}
      {copied ? <IconCheck size={17} aria-hidden /> : <IconCopy size={17} aria-hidden />}
    </UnstyledButton>
  );
}
