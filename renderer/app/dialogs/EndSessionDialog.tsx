import type { Session } from '../../../proxy-core/contract/sessions.ts';
import { showError } from '../../actions/show-error.ts';
import { useStores } from '../../stores/stores.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';

export function EndSessionDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const { bridge } = useStores();
  async function end(): Promise<boolean> {
    try {
      await bridge.sessions.end({ id: session.id });
      return true;
    } catch (error) {
      showError(error);
      return false;
    }
  }
  return (
    <ConfirmDialog
      title="End session"
      stops={['running commands: watches, log follows, exec and port-forwards end']}
      confirm="End session"
      onConfirm={end}
      onClose={onClose}
    >
      This ends {session.user}’s session as {session.role} on {session.cluster}. What stops:
    </ConfirmDialog>
  );
}
