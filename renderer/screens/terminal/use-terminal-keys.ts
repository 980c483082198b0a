import { useEffect } from 'react';
import { openTerminalOn } from '../../actions/open-terminal.ts';
import { palette } from '../../app/palette.ts';
import { goTo } from '../../stores/location.ts';
import { useStores } from '../../stores/stores.ts';
import { askToClose } from './ask-to-close.ts';
import { terminalKey } from './terminal-keys.ts';

/** The keys of the terminal screen, in and outside of a shell. */
export function useTerminalKeys(front: string | null): void {
  const stores = useStores();
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      const key = terminalKey(event);
      const terminals = stores.app.getState().state?.terminals ?? [];
      const index = terminals.findIndex(({ id }) => id === front);
      const terminal = terminals[index];
      if (!key || key === 'copy' || key === 'paste' || !terminal) return;
      event.preventDefault();
      switch (key) {
        case 'new':
          void openTerminalOn(stores, terminal.context);
          break;
        case 'close':
          askToClose(stores, terminal);
          break;
        case 'next':
        case 'previous': {
          const step = key === 'next' ? 1 : terminals.length - 1;
          goTo({ screen: 'terminal', terminal: terminals[(index + step) % terminals.length]!.id });
          break;
        }
        case 'find':
          stores.terminals.setState({ searching: true });
          break;
        case 'palette':
          palette.open();
          break;
        default:
          key satisfies never;
      }
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [stores, front]);
}
