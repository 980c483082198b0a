import { ActionIcon, Tabs, Tooltip } from '@mantine/core';
import { IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useStores } from '../../stores/stores.ts';
import { tabTitles } from '../../stores/terminal-tabs.ts';
import { askToClose } from './ask-to-close.ts';
import { NewTerminalMenu } from './NewTerminalMenu.tsx';
import classes from './terminal.module.css';
import type { TerminalState } from './terminal-of.ts';

interface TerminalTabBarProps {
  terminals: TerminalState[];
  shown: TerminalState | undefined;
}

export function TerminalTabBar({ terminals, shown }: TerminalTabBarProps) {
  const stores = useStores();
  const titles = tabTitles(terminals);
  const list = useRef<HTMLDivElement>(null);
  const shownId = shown?.id;
  // More tabs than fit are scrolled, and nothing else would say where the present one is.
  useEffect(() => {
    if (shownId) list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ inline: 'nearest' });
  }, [shownId]);
  return (
    <div className={classes.bar}>
      <Tabs.List ref={list} className={classes.list} aria-label="Terminals">
        {terminals.map((terminal) => (
          <Tabs.Tab
            key={terminal.id}
            value={terminal.id}
            className={classes.tab}
            data-exited={terminal.exitCode !== null || undefined}
            aria-keyshortcuts="Delete"
            onKeyDown={(event) => {
              if (event.key === 'Delete') askToClose(stores, terminal);
            }}
            onAuxClick={(event) => {
              if (event.button === 1) askToClose(stores, terminal);
            }}
            rightSection={
              // For the pointer only: with the keyboard it is Delete, or the button in the status line.
              <span
                className={classes.close}
                title="Close terminal"
                aria-hidden
                onClick={(event) => {
                  event.stopPropagation();
                  askToClose(stores, terminal);
                }}
              >
                <IconX size={13} />
              </span>
            }
          >
            {titles.get(terminal.id)}
            {terminal.exitCode !== null && <span className={classes.exited}> exited</span>}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <div className={classes.barTools}>
        <NewTerminalMenu current={shown?.context} />
        <Tooltip label="Find in the terminal">
          <ActionIcon
            aria-label="Find in the terminal"
            onClick={() => stores.terminals.setState(({ searching }) => ({ searching: !searching }))}
          >
            <IconSearch size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
    </div>
  );
}
