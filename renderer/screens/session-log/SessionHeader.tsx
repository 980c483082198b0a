import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Session } from '../../../proxy-core/contract/sessions.ts';
import { CopyableId } from '../../elements/CopyField.tsx';
import { RelativeTime } from '../../elements/RelativeTime.tsx';
import { StatusDot } from '../../elements/StatusDot.tsx';
import { bytes, duration } from '../../format/quantities.ts';
import { useStores } from '../../stores/stores.ts';
import { endReason } from './end-reason.ts';
import classes from './session-log.module.css';

export function SessionHeader({ session }: { session: Session }) {
  const { dialogs } = useStores();
  const active = session.endedAt === null;
  return (
    <header className={classes.sessionHeader}>
      <div className={classes.sessionTitle}>
        <h2 className={classes.sessionName}>
          {session.cluster} <span className={classes.sessionAs}>as</span> {session.role}
        </h2>
        <span className={classes.sessionState}>
          <StatusDot tone={active ? 'ok' : 'off'} pulsing={active} />
          {active ? 'Active' : `Ended: ${endReason(session.endReason)}`}
        </span>
        <span className={classes.sessionId}>
          <CopyableId what="session id" value={session.id} shown={`…${session.id.slice(-12)}`} />
        </span>
        {active && (
          <Button
            ml="auto"
            onClick={() => dialogs.setState({ question: { kind: 'end-session', session } })}
            aria-label={`End session on ${session.cluster}`}
          >
            End session
          </Button>
        )}
      </div>
      {session.reason && <p className={classes.reason}>{session.reason}</p>}
      <dl className={classes.facts}>
        <Fact term="User">{session.user}</Fact>
        <Fact term="Grant">
          <CopyableId what="grant" value={session.grant} />
        </Fact>
        <Fact term="Started">
          <RelativeTime time={session.startedAt} />
        </Fact>
        {session.endedAt && (
          <Fact term="Lasted">
            {duration(new Date(session.endedAt).getTime() - new Date(session.startedAt).getTime())}
          </Fact>
        )}
        {active && session.expiresAt && (
          <Fact term="Ends">
            <RelativeTime time={session.expiresAt} />
          </Fact>
        )}
        <Fact term="Requests">
          {session.requestCount.toLocaleString('en')}
          {session.deniedCount > 0 && <span className={classes.denied}>, {session.deniedCount} denied</span>}
        </Fact>
        <Fact term="Traffic">
          {bytes(session.bytesIn)} in, {bytes(session.bytesOut)} out
        </Fact>
      </dl>
    </header>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
