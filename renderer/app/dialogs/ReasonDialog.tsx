import { Button, Group, Modal, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { OfferedRole } from '../../../proxy-core/contract/app.ts';
import { startSession } from '../../actions/connect-cluster.ts';
import { openTerminalOn } from '../../actions/open-terminal.ts';
import { useStores } from '../../stores/stores.ts';

interface ReasonDialogProps {
  cluster: string;
  role: OfferedRole;
  next: 'connect' | 'terminal';
  onClose: () => void;
}

/** The grant wants to know why, before a session opens. */
export function ReasonDialog({ cluster, role, next, onClose }: ReasonDialogProps) {
  const stores = useStores();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(): Promise<void> {
    setBusy(true);
    const open = await startSession(stores, cluster, role, reason.trim());
    setBusy(false);
    if (!open) return;
    onClose();
    if (next === 'terminal') await openTerminalOn(stores, role.context);
  }

  return (
    <Modal opened onClose={onClose} title={`Reason for ${cluster}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Text size="md" c="dimmed" mb="md">
          The grant {role.grant} asks why you need {role.role} on {cluster}. The reason is kept with the session and
          administrators can read it.
        </Text>
        <Textarea
          label="Reason"
          placeholder="INC-4211, checkout pods restart since 09:40"
          rows={3}
          maxLength={500}
          size="sm"
          required
          withAsterisk={false}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && reason.trim()) void submit();
          }}
        />
        <Group justify="flex-end" gap="xs" mt="xl">
          <Button size="sm" onClick={onClose}>
            Cancel
          </Button>
          <Button size="sm" variant="filled" type="submit" loading={busy} disabled={!reason.trim()}>
            Start session
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
