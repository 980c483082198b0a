import { Anchor, Button, Text, TextInput } from '@mantine/core';
import { type FormEvent, useId, useState } from 'react';
import type { SignInMethod } from '../../actions/run-sign-in.ts';
import { Notice } from '../../elements/Notice.tsx';
import { capitalised } from '../../format/sentence.ts';
import { useAppState } from '../../stores/stores.ts';
import { signInFailureTitle } from './failure-title.ts';
import classes from './sign-in.module.css';

interface SignInFormProps {
  problem: { code: string; message: string; hint?: string | null | undefined } | null;
  starting: boolean;
  onStart: (method: SignInMethod, controllerUrl?: string) => void;
}

export function SignInForm({ problem, starting, onStart }: SignInFormProps) {
  const configured = useAppState((state) => state.organisation?.controllerUrl ?? state.settings.controllerUrl);
  const issuer = useAppState((state) => state.organisation?.issuer);
  const [changing, setChanging] = useState(false);
  const [url, setUrl] = useState(configured ?? '');
  const [incomplete, setIncomplete] = useState(false);
  const choosesController = configured === null || changing;
  const descriptionId = useId();

  function start(method: SignInMethod): void {
    const given = url.trim();
    if (choosesController && !given) {
      setIncomplete(true);
      return;
    }
    onStart(method, choosesController ? given : undefined);
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    start('browser');
  }

  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      {problem && (
        <Notice
          tone="bad"
          title={signInFailureTitle(problem)}
          hint={
            <>
              {signInFailureTitle(problem) !== capitalised(problem.message) && <>{capitalised(problem.message)}. </>}
              {problem.hint && `${capitalised(problem.hint)}.`}
            </>
          }
          code={problem.code}
        />
      )}
      {choosesController ? (
        <TextInput
          size="sm"
          label="Controller URL"
          description={
            <>
              From your administrator, or printed by <code>postern demo</code>
            </>
          }
          descriptionProps={{ fz: 'xs' }}
          placeholder="https://postern.example.com:7400"
          classNames={{ input: classes.url ?? '' }}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          value={url}
          error={incomplete && 'Paste the controller URL first'}
          onChange={(event) => {
            setUrl(event.currentTarget.value);
            setIncomplete(false);
          }}
        />
      ) : (
        <Text size="md" c="dimmed" ta="center" id={descriptionId}>
          Your browser opens {issuer ? hostOf(issuer) : 'your identity provider'}. Come back here when you are done.
        </Text>
      )}
      <Button
        type="submit"
        variant="filled"
        size="md"
        fullWidth
        loading={starting}
        aria-describedby={choosesController ? undefined : descriptionId}
      >
        Sign in
      </Button>
      <div className={classes.others}>
        <Anchor component="button" type="button" size="sm" onClick={() => start('url')}>
          Copy the address instead
        </Anchor>
        <Anchor component="button" type="button" size="sm" onClick={() => start('device')}>
          Use another device
        </Anchor>
      </div>
      {configured && !changing && (
        <Text size="xs" c="dimmed" ta="center" className={classes.controller}>
          <span className="mono">{hostOf(configured)}</span>
          <Anchor component="button" type="button" size="xs" onClick={() => setChanging(true)}>
            Change controller
          </Anchor>
        </Text>
      )}
    </form>
  );
}

function hostOf(url: string): string {
  return URL.parse(url)?.host || url;
}
