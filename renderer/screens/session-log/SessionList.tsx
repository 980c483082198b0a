import { Button, Center, Loader } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import type { Session } from '../../../proxy-core/contract/sessions.ts';
import { EmptyPlace } from '../../elements/EmptyPlace.tsx';
import { Notice } from '../../elements/Notice.tsx';
import { capitalised } from '../../format/sentence.ts';
import { goTo, replaceLocation } from '../../stores/location.ts';
import { useStores } from '../../stores/stores.ts';
import { groupByDay } from './group-by-day.ts';
import { SessionItem } from './SessionItem.tsx';
import classes from './session-log.module.css';

const headingHeight = 32;
const itemHeight = 58;

/** The sessions, newest first, read page by page as one scrolls. */
export function SessionList() {
  const { sessionLog } = useStores();
  const sessions = useStore(sessionLog.store, (state) => state.sessions);
  const error = useStore(sessionLog.store, (state) => state.listError);
  if (error && !sessions) {
    return (
      <div className={classes.list} style={{ padding: 12 }}>
        <Notice
          tone="bad"
          title={capitalised(error.message)}
          hint={error.hint && capitalised(error.hint)}
          code={error.code}
        />
      </div>
    );
  }
  if (!sessions) {
    return (
      <div className={classes.list} aria-busy>
        <Center p="xl">
          <Loader size="sm" color="gray" aria-label="Reading the sessions" />
        </Center>
      </div>
    );
  }
  if (sessions.length === 0) return <NoMatches />;
  return <Sessions sessions={sessions} />;
}

function Sessions({ sessions }: { sessions: Session[] }) {
  const { sessionLog } = useStores();
  const selected = useStore(sessionLog.store, (state) => state.selected);
  const hasMore = useStore(sessionLog.store, (state) => state.nextCursor !== null);
  const rows = useMemo(() => groupByDay(sessions, new Date()), [sessions]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'day' ? headingHeight : itemHeight),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const atEnd = (items.at(-1)?.index ?? 0) >= rows.length - 1;
  useEffect(() => {
    if (atEnd && hasMore) void sessionLog.loadMore();
  }, [atEnd, hasMore, sessionLog]);

  function move(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const index = sessions.findIndex(({ id }) => id === selected);
    const next = sessions[Math.min(sessions.length - 1, Math.max(0, index + step))];
    if (!next) return;
    replaceLocation({ screen: 'session-log', session: next.id });
    virtualizer.scrollToIndex(rows.findIndex((row) => row.key === next.id));
    requestAnimationFrame(() => document.getElementById(`session-${next.id}`)?.focus());
  }

  const reachable = sessions.some(({ id }) => id === selected) ? selected : sessions[0]?.id;
  return (
    <div ref={scroller} className={classes.list}>
      <div
        role="listbox"
        aria-label="Sessions"
        tabIndex={-1}
        onKeyDown={move}
        style={{ position: 'relative', height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={item.key}
              role="presentation"
              className={classes.placed}
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
            >
              {row.kind === 'day' ? (
                <div className={classes.day} role="presentation">
                  {row.name}
                </div>
              ) : (
                <SessionItem
                  session={row.session}
                  isSelected={row.session.id === selected}
                  isReachable={row.session.id === reachable}
                  onSelect={() => goTo({ screen: 'session-log', session: row.session.id })}
                />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function NoMatches() {
  const { sessionLog } = useStores();
  return (
    <div className={classes.list}>
      <EmptyPlace
        icon={<IconFilterOff />}
        title="No session matches"
        actions={
          <Button onClick={() => sessionLog.filter({ search: '', cluster: null, activeOnly: false })}>
            Clear the filters
          </Button>
        }
      >
        Search looks into commands, resources, clusters and reasons.
      </EmptyPlace>
    </div>
  );
}
