import { NumberInput } from '@mantine/core';
import { useId } from 'react';
import { saveSettings } from '../../actions/save-settings.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { Row, Section } from './Section.tsx';
import classes from './settings.module.css';

const smallest = 8;
const largest = 32;

export function TerminalSection() {
  const stores = useStores();
  const fontSize = useAppState((state) => state.settings.terminalFontSize);
  const id = useId();
  return (
    <Section title="Terminal">
      <Row label="Font size" htmlFor={id} description={`${smallest} to ${largest} pixels`}>
        <span className={classes.sample} style={{ fontSize }} aria-hidden>
          kubectl get pods
        </span>
        <NumberInput
          id={id}
          size="xs"
          w={84}
          min={smallest}
          max={largest}
          clampBehavior="strict"
          allowDecimal={false}
          value={fontSize}
          onChange={(value) => {
            if (typeof value === 'number' && value >= smallest && value <= largest && value !== fontSize) {
              void saveSettings(stores, { terminalFontSize: value });
            }
          }}
        />
      </Row>
    </Section>
  );
}
