import { ActionIcon, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useStores } from '../../stores/stores.ts';
import classes from './terminal.module.css';
import type { TerminalView } from './terminal-view.ts';

/** Finds upwards from the end, as one reads a log. */
export function FindBar({ view }: { view: TerminalView }) {
  const { terminals } = useStores();
  const [text, setText] = useState('');
  const [found, setFound] = useState(true);

  function find(next: string, direction: 'up' | 'down', incremental = false): void {
    if (!next) {
      view.search.clearDecorations();
      setFound(true);
      return;
    }
    setFound(
      direction === 'up'
        ? view.search.findPrevious(next, { incremental })
        : view.search.findNext(next, { incremental }),
    );
  }

  function close(): void {
    terminals.setState({ searching: false });
    view.terminal.clearSelection();
    view.terminal.focus();
  }

  return (
    <search className={classes.find}>
      <TextInput
        aria-label="Find in the terminal"
        placeholder="Find"
        autoFocus
        w={200}
        value={text}
        error={!found}
        onChange={(event) => {
          setText(event.currentTarget.value);
          find(event.currentTarget.value, 'up', true);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find(text, event.shiftKey ? 'down' : 'up');
          if (event.key === 'Escape') close();
        }}
      />
      <span role="status" className={classes.noMatch}>
        {!found && 'No match'}
      </span>
      <ActionIcon aria-label="Previous match" onClick={() => find(text, 'up')}>
        <IconChevronUp size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon aria-label="Next match" onClick={() => find(text, 'down')}>
        <IconChevronDown size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon aria-label="Close find" onClick={close}>
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </search>
  );
}
