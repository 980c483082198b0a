import { Button, TextInput } from '@mantine/core';
import { useId, useState } from 'react';
import { saveSettings } from '../../actions/save-settings.ts';
import { CopyableId } from '../../elements/CopyField.tsx';
import { useAppState, useStores } from '../../stores/stores.ts';
import { Row, Section } from './Section.tsx';
import classes from './settings.module.css';

export function OrganisationSection() {
  const organisation = useAppState((state) => state.organisation);
  const signedIn = useAppState((state) => state.identity.kind === 'signed-in');
  const configured = useAppState((state) => state.settings.controllerUrl);
  const controllerUrl = configured ?? organisation?.controllerUrl ?? null;
  return (
    <Section title="Organisation">
      {organisation && <Row label="Name">{organisation.name}</Row>}
      {signedIn ? (
        <Row label="Controller" description="Sign out to use another one">
          {controllerUrl && <CopyableId what="controller URL" value={controllerUrl} />}
        </Row>
      ) : (
        <ControllerField key={controllerUrl} controllerUrl={controllerUrl} />
      )}
      {organisation && (
        <Row label="Identity provider">
          <CopyableId what="issuer" value={organisation.issuer} />
        </Row>
      )}
    </Section>
  );
}

function ControllerField({ controllerUrl }: { controllerUrl: string | null }) {
  const stores = useStores();
  const id = useId();
  const [url, setUrl] = useState(controllerUrl ?? '');
  const changed = url.trim() !== (controllerUrl ?? '');
  return (
    <Row label="Controller URL" htmlFor={id} description="From your administrator, with the fingerprint after #ca=">
      <form
        className={classes.field}
        onSubmit={(event) => {
          event.preventDefault();
          void saveSettings(stores, { controllerUrl: url.trim() || null });
        }}
      >
        <TextInput
          id={id}
          flex={1}
          spellCheck={false}
          autoComplete="off"
          placeholder="https://postern.example.com:7400"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!changed}>
          Save
        </Button>
      </form>
    </Row>
  );
}
