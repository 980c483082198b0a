import { Button, Group, List, Modal, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';

interface ConfirmDialogProps {
  title: string;
  children?: ReactNode;
  /** What will stop, one line each. */
  stops?: string[];
  confirm: string;
  /** @returns whether it was done; if not, the dialog stays */
  onConfirm: () => Promise<boolean>;
  onClose: () => void;
}

/** Asks before something stops, and names what. The safe button has the focus. */
export function ConfirmDialog({ title, children, stops = [], confirm, onConfirm, onClose }: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  async function act(): Promise<void> {
    setBusy(true);
    const done = await onConfirm();
    setBusy(false);
    if (done) onClose();
  }
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      {children && <Text size="md">{children}</Text>}
      {stops.length > 0 && (
        <List size="md" mt={children ? 'xs' : 0} spacing={4}>
          {stops.map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
      )}
      <Group justify="flex-end" gap="xs" mt="xl">
        <Button size="sm" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button size="sm" variant="filled" color="red" loading={busy} onClick={() => void act()}>
          {confirm}
        </Button>
      </Group>
    </Modal>
  );
}
