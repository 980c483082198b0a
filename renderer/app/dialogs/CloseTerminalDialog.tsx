import { closeTerminal } from '../../actions/open-terminal.ts';
import { useStores } from '../../stores/stores.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';

interface CloseTerminalDialogProps {
  terminal: { id: string; context: string };
  onClose: () => void;
}

export function CloseTerminalDialog({ terminal, onClose }: CloseTerminalDialogProps) {
  const stores = useStores();
  return (
    <ConfirmDialog
      title="Close terminal"
      confirm="Close terminal"
      onConfirm={async () => {
        await closeTerminal(stores, terminal.id);
        return true;
      }}
      onClose={onClose}
    >
      The shell on {terminal.context} is still running. Closing ends it, with every command that runs in it.
    </ConfirmDialog>
  );
}
