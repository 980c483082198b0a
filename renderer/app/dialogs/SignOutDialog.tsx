import { signOut, whatSignOutStops } from '../../actions/sign-out.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';

export function SignOutDialog({ onClose }: { onClose: () => void }) {
  const stores = useStores();
  const state = useAppState((whole) => whole);
  return (
    <ConfirmDialog
      title={`Sign out of ${state.organisation?.name ?? 'Postern'}`}
      stops={whatSignOutStops(state)}
      confirm="Sign out"
      onConfirm={() => signOut(stores)}
      onClose={onClose}
    >
      This stops at once:
    </ConfirmDialog>
  );
}
