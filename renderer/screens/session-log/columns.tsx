import { IconChevronRight } from '@tabler/icons-react';
import type { rowExpandingFeature } from '@tanstack/react-table';
import { createColumnHelper } from '@tanstack/react-table';
import { ElapsedTime } from '../../elements/RelativeTime.tsx';
import { StatusDot, type Tone } from '../../elements/StatusDot.tsx';
import { duration } from '../../format/quantities.ts';
import { clockTime, exactTime } from '../../format/relative-time.ts';
import { commandSubject, type LoggedCommand, type LogRow, requestNamespace, requestTarget } from './command-rows.ts';
import classes from './session-log.module.css';

const helper = createColumnHelper<{ rowExpandingFeature: typeof rowExpandingFeature }, LogRow>();

/** The columns of commands and of requests alike. */
export const columns = helper.columns([
  helper.display({
    id: 'what',
    header: 'Command',
    cell: ({ row }) =>
      row.original.kind === 'command' ? (
        <CommandName command={row.original.command} isOpen={row.getIsExpanded()} />
      ) : (
        <RequestName row={row.original} />
      ),
  }),
  helper.display({
    id: 'result',
    header: 'Result',
    cell: ({ row }) =>
      row.original.kind === 'command' ? (
        <Outcome outcome={row.original.command.outcome} />
      ) : (
        <Status row={row.original} />
      ),
  }),
  helper.display({
    id: 'requests',
    header: 'Requests',
    cell: ({ row }) =>
      row.original.kind === 'command' ? row.original.command.requestCount.toLocaleString('en') : null,
  }),
  helper.display({ id: 'duration', header: 'Duration', cell: ({ row }) => <Duration row={row.original} /> }),
  helper.display({
    id: 'started',
    header: 'Started',
    cell: ({ row }) => {
      const startedAt =
        row.original.kind === 'command' ? row.original.command.startedAt : row.original.request.startedAt;
      const time = new Date(startedAt);
      return (
        <time dateTime={startedAt} title={exactTime(time)}>
          {clockTime(time)}
        </time>
      );
    },
  }),
]);

function CommandName({ command, isOpen }: { command: LoggedCommand; isOpen: boolean }) {
  const title = command.commandLine ?? command.title;
  const subject = commandSubject(command);
  return (
    <>
      <IconChevronRight size={14} aria-hidden className={classes.chevron} data-open={isOpen || undefined} />
      <span className={classes.commandLine} title={title}>
        {title}
        {subject && <span className={classes.subject}> {subject}</span>}
      </span>
      {command.label === 'inferred' && (
        <span className={classes.tag} title="Folded by user agent and time; the tool did not say which command it was">
          inferred
        </span>
      )}
      {!title.startsWith(command.tool) && <span className={classes.tag}>{command.tool}</span>}
    </>
  );
}

function RequestName({ row }: { row: Extract<LogRow, { kind: 'request' }> }) {
  const { request } = row;
  const target = requestTarget(request);
  const namespace = requestNamespace(request);
  const whole = [request.verb, target, request.name, namespace && `in ${namespace}`];
  return (
    <span className={classes.request} title={whole.filter(Boolean).join(' ')}>
      <span className={classes.verb}>{request.verb}</span> {target}
      {request.name && <span className={classes.requestName}> {request.name}</span>}
      {namespace && <span className={classes.namespace}> in {namespace}</span>}
    </span>
  );
}

const outcomes: Record<LoggedCommand['outcome'], { tone: Tone; words: string }> = {
  running: { tone: 'accent', words: 'Running' },
  succeeded: { tone: 'ok', words: 'Succeeded' },
  denied: { tone: 'bad', words: 'Denied' },
  failed: { tone: 'warn', words: 'Failed' },
};

function Outcome({ outcome }: { outcome: LoggedCommand['outcome'] }) {
  const { tone, words } = outcomes[outcome];
  return (
    <span className={classes.outcome} data-outcome={outcome}>
      <StatusDot tone={tone} pulsing={outcome === 'running'} />
      {words}
    </span>
  );
}

function Status({ row }: { row: Extract<LogRow, { kind: 'request' }> }) {
  const { decision, status, completedAt } = row.request;
  const outcome =
    decision === 'denied' ? 'denied' : decision === 'failed' || (status ?? 0) >= 400 ? 'failed' : undefined;
  return (
    <span className={classes.outcome} data-outcome={outcome}>
      <span className={classes.code}>{status ?? '·'}</span>
      {decision === 'denied' ? 'Denied' : decision === 'failed' ? 'Failed' : completedAt ? '' : 'Open'}
    </span>
  );
}

function Duration({ row }: { row: LogRow }) {
  if (row.kind === 'request') {
    const { durationMs, startedAt } = row.request;
    return durationMs === null ? <ElapsedTime since={startedAt} /> : duration(durationMs);
  }
  const { startedAt, endedAt } = row.command;
  return endedAt ? (
    duration(new Date(endedAt).getTime() - new Date(startedAt).getTime())
  ) : (
    <ElapsedTime since={startedAt} />
  );
}
