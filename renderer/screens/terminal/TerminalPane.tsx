import '@xterm/xterm/css/xterm.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { showError } from '../../actions/show-error.ts';
import { useAppState, useStores } from '../../stores/stores.ts';
import { FindBar } from './FindBar.tsx';
import classes from './terminal.module.css';
import type { TerminalState } from './terminal-of.ts';
import { darkTerminal, lightTerminal } from './terminal-theme.ts';
import { openTerminalView, type TerminalView } from './terminal-view.ts';

interface TerminalPaneProps {
  terminal: TerminalState;
  isShown: boolean;
}

/** One terminal on the screen. */
export default function TerminalPane({ terminal, isShown }: TerminalPaneProps) {
  const { connection, terminals } = useStores();
  const { id, context } = terminal;
  const fontSize = useAppState((state) => state.settings.terminalFontSize);
  const scheme = useComputedColorScheme('light');
  const searching = useStore(terminals, (state) => state.searching) && isShown;
  const element = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<TerminalView | null>(null);

  // The font size that the view starts with; later changes go to the running one below.
  const firstFontSize = useRef(fontSize);
  useEffect(() => {
    if (!element.current) return;
    const opened = openTerminalView({
      element: element.current,
      connection,
      id,
      label: `Terminal on ${context}`,
      fontSize: firstFontSize.current,
      fresh: terminals.getState().fresh[id] === true,
      onError: showError,
    });
    terminals.setState(({ fresh }) => {
      const { [id]: _attached, ...rest } = fresh;
      return { fresh: rest };
    });
    setView(opened);
    return () => {
      setView(null);
      opened.close();
    };
  }, [connection, terminals, id, context]);

  useEffect(() => {
    if (view) view.terminal.options.theme = scheme === 'dark' ? darkTerminal : lightTerminal;
  }, [view, scheme]);

  useEffect(() => {
    if (!view) return;
    view.terminal.options.fontSize = fontSize;
    view.fit();
  }, [view, fontSize]);

  useEffect(() => {
    if (!view || !isShown) return;
    view.fit();
    view.terminal.focus();
  }, [view, isShown]);

  return (
    <div className={classes.pane}>
      <div ref={element} className={classes.xterm} data-terminal={id} />
      {searching && view && <FindBar view={view} />}
    </div>
  );
}
