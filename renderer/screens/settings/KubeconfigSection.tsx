import { Button, Switch } from '@mantine/core';
import { useId, useState } from 'react';
import { showError } from '../../actions/show-error.ts';
import { announce } from '../../elements/Announcements.tsx';
import { CopyableId } from '../../elements/CopyField.tsx';
import { count } from '../../format/quantities.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { Row, Section } from './Section.tsx';
import classes from './settings.module.css';

export function KubeconfigSection() {
  const { bridge } = useStores();
  const { path, mergedInto, contexts } = useAppState((state) => state.kubeconfig);
  const merge = useAppState((state) => state.settings.mergeKubeconfig);
  const [busy, setBusy] = useState(false);
  const id = useId();

  async function write(change: { merge?: boolean }): Promise<void> {
    setBusy(true);
    try {
      const written = await bridge.kubeconfig.write(change);
      announce(`Kubeconfig written with ${count(written.contexts.length, 'context')}`);
    } catch (error) {
      showError(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Section title="Kubeconfig">
      <Row
        label="File"
        description={
          contexts.length > 0
            ? `${count(contexts.length, 'context')}, kept up to date while Postern runs`
            : 'Empty; your contexts are written as soon as you are signed in'
        }
      >
        <CopyableId what="kubeconfig path" value={path} />
        <Button loading={busy} onClick={() => void write({})}>
          Write again
        </Button>
      </Row>
      <Row
        label="Add the contexts to kubectl’s own file too"
        htmlFor={id}
        description={
          mergedInto ? (
            <>
              Merged into <code>{mergedInto}</code>. Turning this off removes Postern’s entries and nothing else.
            </>
          ) : (
            'Then kubectl needs no --kubeconfig. Only Postern’s own entries are touched, and a backup is kept.'
          )
        }
      >
        <Switch
          id={id}
          checked={merge}
          disabled={busy}
          onChange={(event) => void write({ merge: event.currentTarget.checked })}
        />
      </Row>
      {contexts.length > 0 && (
        <Row label="Contexts" control="below">
          <ul className={classes.contexts}>
            {contexts.map((context) => (
              <li key={context}>
                <CopyableId what="context" value={context} />
              </li>
            ))}
          </ul>
        </Row>
      )}
    </Section>
  );
}
