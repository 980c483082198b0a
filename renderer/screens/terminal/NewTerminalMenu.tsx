import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { openTerminal } from '../../actions/open-terminal.ts';
import { StatusDot } from '../../elements/StatusDot.tsx';
import { useAppState, useStores } from '../../stores/stores.ts';

/** A new terminal on any context, the present one first. */
export function NewTerminalMenu({ current }: { current: string | undefined }) {
  const stores = useStores();
  const clusters = useAppState((state) => state.clusters);
  const [opened, setOpened] = useState(false);
  const contexts = clusters
    .flatMap((cluster) => cluster.roles.map((role) => ({ cluster, role })))
    .sort((a, b) => Number(b.role.context === current) - Number(a.role.context === current));
  return (
    <Menu position="bottom-end" width={260} opened={opened} onChange={setOpened}>
      <Tooltip label="New terminal" disabled={opened}>
        <Menu.Target>
          <ActionIcon aria-label="New terminal">
            <IconPlus size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
      </Tooltip>
      <Menu.Dropdown mah={360} style={{ overflowY: 'auto' }}>
        <Menu.Label>New terminal on</Menu.Label>
        {contexts.map(({ cluster, role }) => (
          <Menu.Item
            key={role.context}
            leftSection={<StatusDot tone={cluster.status === 'online' ? 'ok' : 'off'} />}
            onClick={() => void openTerminal(stores, cluster.name, role)}
          >
            <span className="mono">{role.context}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
