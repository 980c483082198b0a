import type { OfferedRole } from '../../../proxy-core/contract/app.ts';
import { disconnectCluster } from '../../actions/disconnect-cluster.ts';
import { count } from '../../format/quantities.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';

interface DisconnectDialogProps {
  cluster: string;
  role: OfferedRole;
  onClose: () => void;
}

export function DisconnectDialog({ cluster, role, onClose }: DisconnectDialogProps) {
  const stores = useStores();
  const shells = useAppState(
    ({ terminals }) =>
      terminals.filter((terminal) => terminal.context === role.context && terminal.exitCode === null).length,
  );
  return (
    <ConfirmDialog
      title={`Disconnect from ${cluster}`}
      stops={[
        'running commands: watches, log follows, exec and port-forwards end',
        ...(shells > 0 ? [`${count(shells, 'terminal')} on ${role.context}: the shell stays, its commands end`] : []),
      ]}
      confirm="Disconnect"
      onConfirm={() => disconnectCluster(stores, cluster, role.role)}
      onClose={onClose}
    >
      This ends your session as {role.role} on {cluster}. The next request opens a new one. What stops:
    </ConfirmDialog>
  );
}
