import { SegmentedControl } from '@mantine/core';
import type { Settings } from '../../../proxy-core/contract/app.ts';
import { saveSettings } from '../../actions/save-settings.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { Row, Section } from './Section.tsx';

const schemes: { value: Settings['colorScheme']; label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function AppearanceSection() {
  const stores = useStores();
  const colorScheme = useAppState((state) => state.settings.colorScheme);
  return (
    <Section title="Appearance">
      <Row label="Colours">
        <SegmentedControl
          size="xs"
          aria-label="Colours"
          data={schemes}
          value={colorScheme}
          onChange={(value) => void saveSettings(stores, { colorScheme: value })}
        />
      </Row>
    </Section>
  );
}
