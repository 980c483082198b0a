import type { Session } from '../../../proxy-core/contract/sessions.ts';
import { RelativeTime } from '../../elements/RelativeTime.tsx';
import { StatusDot } from '../../elements/StatusDot.tsx';
import { count } from '../../format/quantities.ts';
import classes from './session-log.module.css';

interface SessionItemProps {
  session: Session;
  isSelected: boolean;
  /** Whether the Tab key reaches it: one of the list is enough. */
  isReachable: boolean;
  onSelect: () => void;
}

export function SessionItem({ session, isSelected, isReachable, onSelect }: SessionItemProps) {
  const active = session.endedAt === null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the arrow keys, which select at once
    <div
      role="option"
      id={`session-${session.id}`}
      className={classes.item}
      aria-selected={isSelected}
      aria-label={`${session.cluster} as ${session.role}, ${active ? 'active' : 'ended'}`}
      tabIndex={isReachable ? 0 : -1}
      onClick={onSelect}
    >
      <div className={classes.itemTop}>
        <StatusDot tone={active ? 'ok' : 'off'} />
        <span className={classes.itemCluster}>{session.cluster}</span>
        <span className={classes.itemRole}>{session.role}</span>
        <span className={classes.itemTime}>
          <RelativeTime time={session.startedAt} />
        </span>
      </div>
      <div className={classes.itemBottom}>
        <span>{count(session.requestCount, 'request')}</span>
        {session.deniedCount > 0 && <span className={classes.denied}>{session.deniedCount} denied</span>}
        {session.reason && <span className={classes.itemReason}>{session.reason}</span>}
      </div>
    </div>
  );
}
