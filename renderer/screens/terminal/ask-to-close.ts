import { closeTerminal } from '../../actions/open-terminal.ts';
import type { Stores } from '../../stores/stores.ts';
import type { TerminalState } from './terminal-of.ts';

/** A shell that has ended closes at once; a running one is asked about. */
export function askToClose(stores: Stores, terminal: TerminalState): void {
  if (terminal.exitCode === null) stores.dialogs.setState({ question: { kind: 'close-terminal', terminal } });
  else void closeTerminal(stores, terminal.id);
}
