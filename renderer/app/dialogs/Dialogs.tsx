import { useStore } from 'zustand';
import { useStores } from '../../stores/stores.ts';
import { CloseTerminalDialog } from './CloseTerminalDialog.tsx';
import { DisconnectDialog } from './DisconnectDialog.tsx';
import { EndSessionDialog } from './EndSessionDialog.tsx';
import { ReasonDialog } from './ReasonDialog.tsx';
import { ShortcutsDialog } from './ShortcutsDialog.tsx';
import { SignOutDialog } from './SignOutDialog.tsx';

/** Shows the question that is being asked, whichever screen or shortcut asked it. */
export function Dialogs() {
  const { dialogs } = useStores();
  const question = useStore(dialogs, (state) => state.question);
  const close = () => dialogs.setState({ question: null });
  if (!question) return null;
  switch (question.kind) {
    case 'reason':
      return <ReasonDialog {...question} onClose={close} />;
    case 'disconnect':
      return <DisconnectDialog {...question} onClose={close} />;
    case 'end-session':
      return <EndSessionDialog {...question} onClose={close} />;
    case 'close-terminal':
      return <CloseTerminalDialog {...question} onClose={close} />;
    case 'sign-out':
      return <SignOutDialog onClose={close} />;
    case 'shortcuts':
      return <ShortcutsDialog onClose={close} />;
    default:
      return question satisfies never;
  }
}
