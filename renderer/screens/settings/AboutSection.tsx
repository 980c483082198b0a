import { Button } from '@mantine/core';
import { CopyableId } from '../../elements/CopyField.tsx';
import { useAppState, useStores } from '../../stores/stores.ts';
import { Row, Section } from './Section.tsx';

export function AboutSection() {
  const { dialogs } = useStores();
  const version = useAppState((state) => state.version);
  const proxy = useAppState((state) => state.proxy);
  return (
    <Section title="About">
      <Row label="Version">
        <CopyableId what="version" value={version} />
      </Row>
      <Row label="Local proxy" description="Where kubectl’s requests enter; reachable from this machine only">
        {proxy ? <CopyableId what="proxy address" value={proxy.url} /> : 'Not listening'}
      </Row>
      <Row label="Keyboard shortcuts">
        <Button onClick={() => dialogs.setState({ question: { kind: 'shortcuts' } })}>Show</Button>
      </Row>
    </Section>
  );
}
