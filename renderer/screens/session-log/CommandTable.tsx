import { SegmentedControl } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { createExpandedRowModel, rowExpandingFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { EmptyPlace } from '../../elements/EmptyPlace.tsx';
import { count } from '../../format/quantities.ts';
import { columns } from './columns.tsx';
import { commandRows, type LoggedCommand, type LogRow, type OutcomeFilter } from './command-rows.ts';
import classes from './session-log.module.css';

const rowHeight = 34;
const features = tableFeatures({ rowExpandingFeature, expandedRowModel: createExpandedRowModel() });
const subRows = (row: LogRow) => (row.kind === 'command' ? row.requests : undefined);
const rowId = (row: LogRow) => row.id;

interface CommandTableProps {
  commands: LoggedCommand[];
  onOpen: (request: AuditEvent) => void;
}

/** Commands, each opening to its requests: a tree of thousands of lines of which only those in view are drawn. */
export function CommandTable({ commands, onOpen }: CommandTableProps) {
  const [outcome, setOutcome] = useState<OutcomeFilter>('all');
  const [focused, setFocused] = useState<string | null>(null);
  const data = useMemo(() => commandRows(commands, outcome), [commands, outcome]);
  const table = useTable({ features, columns, data, getSubRows: subRows, getRowId: rowId, autoResetExpanded: false });
  const { rows } = table.getRowModel();
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
  });
  const reachable = rows.some((row) => row.id === focused) ? focused : rows[0]?.id;

  function act(id: string): void {
    const row = rows.find((candidate) => candidate.id === id);
    if (!row) return;
    setFocused(id);
    if (row.original.kind === 'command') row.toggleExpanded();
    else onOpen(row.original.request);
  }

  function focusRow(index: number): void {
    const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
    if (!row) return;
    setFocused(row.id);
    virtualizer.scrollToIndex(rows.indexOf(row));
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(row.id)}"]`)?.focus(),
    );
  }

  function onKeyDown(event: KeyboardEvent): void {
    const index = rows.findIndex((row) => row.id === reachable);
    const row = rows[index];
    if (!row) return;
    switch (event.key) {
      case 'ArrowDown':
        focusRow(index + 1);
        break;
      case 'ArrowUp':
        focusRow(index - 1);
        break;
      case 'Home':
        focusRow(0);
        break;
      case 'End':
        focusRow(rows.length - 1);
        break;
      case 'ArrowRight':
        if (row.getCanExpand()) row.toggleExpanded(true);
        break;
      case 'ArrowLeft':
        if (row.getIsExpanded()) row.toggleExpanded(false);
        else if (row.parentId) focusRow(rows.findIndex((candidate) => candidate.id === row.parentId));
        break;
      case 'Enter':
      case ' ':
        act(row.id);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  return (
    <div className={classes.commands}>
      <div className={classes.commandTools}>
        <h3 className={classes.commandCount}>{count(data.length, 'command')}</h3>
        <SegmentedControl<OutcomeFilter>
          size="xs"
          aria-label="Show commands"
          value={outcome}
          onChange={setOutcome}
          data={[
            { value: 'all', label: 'All' },
            { value: 'running', label: 'Running' },
            { value: 'denied', label: 'Denied' },
            { value: 'failed', label: 'Failed' },
          ]}
        />
      </div>
      {rows.length === 0 ? (
        <EmptyPlace
          icon={<IconTerminal2 />}
          title={outcome === 'all' ? 'No commands yet' : `No ${outcome} commands in this session`}
        >
          {outcome === 'all'
            ? 'The session is open and waits for its first request. Run kubectl with its context.'
            : 'Choose All to see the others.'}
        </EmptyPlace>
      ) : (
        <div ref={scroller} className={classes.scroller}>
          <div
            role="treegrid"
            aria-label="Commands and requests"
            aria-rowcount={rows.length + 1}
            tabIndex={-1}
            onKeyDown={onKeyDown}
          >
            {table.getHeaderGroups().map((group) => (
              // biome-ignore lint/a11y/useSemanticElements: a table element cannot place its rows as a virtual list needs
              // biome-ignore lint/a11y/useFocusableInteractive: a header line is only read
              <div key={group.id} role="row" aria-rowindex={1} className={`${classes.row} ${classes.headRow}`}>
                {group.headers.map((header) => (
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  // biome-ignore lint/a11y/useFocusableInteractive: as above
                  <span key={header.id} role="columnheader" className={classes.cell} data-column={header.column.id}>
                    <table.FlexRender header={header} />
                  </span>
                ))}
              </div>
            ))}
            <div role="presentation" style={{ position: 'relative', height: virtualizer.getTotalSize() }}>
              {virtualizer.getVirtualItems().map((item) => {
                const row = rows[item.index];
                if (!row) return null;
                return (
                  // biome-ignore lint/a11y/useSemanticElements: as above
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys
                  <div
                    key={row.id}
                    role="row"
                    data-row={row.id}
                    data-kind={row.original.kind}
                    aria-rowindex={item.index + 2}
                    aria-level={row.depth + 1}
                    aria-expanded={row.original.kind === 'command' ? row.getIsExpanded() : undefined}
                    tabIndex={row.id === reachable ? 0 : -1}
                    className={`${classes.row} ${classes.bodyRow}`}
                    style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
                    onClick={() => act(row.id)}
                  >
                    {row.getAllCells().map((cell) => (
                      // biome-ignore lint/a11y/useSemanticElements: as above
                      // biome-ignore lint/a11y/useFocusableInteractive: the row takes the focus
                      <span key={cell.id} role="gridcell" className={classes.cell} data-column={cell.column.id}>
                        <table.FlexRender cell={cell} />
                      </span>
                    ))}
                  </div>
                );
              })}
            </div>
          </div>
        </div>
      )}
    </div>
  );
}
