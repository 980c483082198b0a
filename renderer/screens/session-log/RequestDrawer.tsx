import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AuditEvent } from '../../../proxy-core/contract/sessions.ts';
import { CopyableId } from '../../elements/CopyField.tsx';
import { ElapsedTime, RelativeTime } from '../../elements/RelativeTime.tsx';
import { StatusDot } from '../../elements/StatusDot.tsx';
import { bytes, duration } from '../../format/quantities.ts';
import { exactTime } from '../../format/relative-time.ts';
import { capitalised } from '../../format/sentence.ts';
import { requestTarget } from './command-rows.ts';
import { HopTimings } from './HopTimings.tsx';
import classes from './request-drawer.module.css';

interface RequestDrawerProps {
  request: AuditEvent | null;
  onClose: () => void;
}

/** Everything that is known about one request. */
export function RequestDrawer({ request, onClose }: RequestDrawerProps) {
  return (
    <Drawer
      opened={request !== null}
      onClose={onClose}
      position="right"
      size={460}
      title={request && `${request.verb} ${requestTarget(request)}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
      classNames={{ title: classes.title ?? '' }}
    >
      {request && <RequestFacts request={request} />}
    </Drawer>
  );
}

function RequestFacts({ request }: { request: AuditEvent }) {
  return (
    <>
      <Decision request={request} />
      <Facts title="Request">
        <Fact term="Verb">{request.verb}</Fact>
        {request.resource ? (
          <>
            <Fact term="Resource">
              <code>{requestTarget(request)}</code>
            </Fact>
            <Fact term="API version">
              <code>{[request.apiGroup, request.apiVersion].filter(Boolean).join('/')}</code>
            </Fact>
          </>
        ) : (
          <Fact term="Path">
            <CopyableId what="path" value={request.path} />
          </Fact>
        )}
        {request.namespace && <Fact term="Namespace">{request.namespace}</Fact>}
        {request.name && (
          <Fact term="Name">
            <CopyableId what="name" value={request.name} />
          </Fact>
        )}
        {request.query && (
          <Fact term="Query">
            <CopyableId what="query" value={request.query} />
          </Fact>
        )}
        <Fact term="Method">{request.method}</Fact>
      </Facts>
      <Facts title="Answer">
        <Fact term="Status">{request.status ?? 'not answered yet'}</Fact>
        <Fact term="Started">
          <RelativeTime time={request.startedAt} />
          <div className={classes.exact}>{exactTime(new Date(request.startedAt))}</div>
        </Fact>
        <Fact term="Duration">
          {request.durationMs === null ? (
            <>
              <ElapsedTime since={request.startedAt} />, still open
            </>
          ) : (
            duration(request.durationMs)
          )}
        </Fact>
        <Fact term="Traffic">
          {bytes(request.bytesIn)} in, {bytes(request.bytesOut)} out
        </Fact>
      </Facts>
      <HopTimings hopsMs={request.hopsMs} />
      <Facts title="Who and from where">
        <Fact term="User">{request.user}</Fact>
        <Fact term="Groups">{request.groups.join(', ') || 'none'}</Fact>
        <Fact term="Device">{request.device.name}</Fact>
        <Fact term="Address">{request.sourceAddress}</Fact>
        <Fact term="User agent">
          <CopyableId what="user agent" value={request.userAgent} />
        </Fact>
        {request.kubectlCommand && <Fact term="kubectl says">{request.kubectlCommand}</Fact>}
      </Facts>
      <Facts title="Ids">
        <Fact term="Audit id">
          <CopyableId what="audit id" value={request.auditId} />
        </Fact>
        {request.sessionId && (
          <Fact term="Session">
            <CopyableId what="session id" value={request.sessionId} />
          </Fact>
        )}
        {request.kubectlSession && (
          <Fact term="kubectl session">
            <CopyableId what="kubectl session" value={request.kubectlSession} />
          </Fact>
        )}
        <Fact term="Device id">
          <CopyableId what="device id" value={request.device.id} />
        </Fact>
      </Facts>
    </>
  );
}

function Decision({ request }: { request: AuditEvent }) {
  const words = { allowed: 'Allowed', denied: 'Denied', failed: 'Failed' }[request.decision];
  const tone = { allowed: 'ok', denied: 'bad', failed: 'warn' } as const;
  return (
    <section className={classes.decision} data-decision={request.decision} aria-label="Decision">
      <div className={classes.verdict}>
        <StatusDot tone={tone[request.decision]} />
        <strong>{words}</strong>
        {request.role && (
          <span>
            as {request.role} on {request.cluster}
            {request.elevatedFrom && `, elevated from ${request.elevatedFrom}`}
          </span>
        )}
      </div>
      {request.reason && <p className={classes.why}>{capitalised(request.reason)}</p>}
      {(request.grant || request.rule) && (
        <dl className={classes.list}>
          {request.grant && (
            // A denied request was made under a grant that does not suffice; only an allowed one was decided by it.
            <Fact term={request.decision === 'denied' ? 'Grant in use' : 'Grant'}>
              <CopyableId what="grant" value={request.grant} />
            </Fact>
          )}
          {request.rule && (
            <Fact term="Rule">
              {/* A rule may name many resources; it breaks after the commas. */}
              <code>{request.rule.replaceAll(',', ',\u200b')}</code>
            </Fact>
          )}
        </dl>
      )}
    </section>
  );
}

function Facts({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <h3 className={classes.heading}>{title}</h3>
      <dl className={classes.list}>{children}</dl>
    </section>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </>
  );
}
