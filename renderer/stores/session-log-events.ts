import type { SessionDetail, SessionLogEvent } from '../../proxy-core/contract/app.ts';
import type { AuditEvent, Session } from '../../proxy-core/contract/sessions.ts';

type Filters = { search: string; cluster: string | null; activeOnly: boolean };

/** A known session is replaced; an unknown one goes to its place by start, if the filters want it and no search decides. */
export function applyToSessions(sessions: Session[], events: readonly SessionLogEvent[], filters: Filters): Session[] {
  let result = sessions;
  for (const event of events) {
    if (event.kind !== 'session') continue;
    const { session } = event;
    const index = result.findIndex((known) => known.id === session.id);
    if (index >= 0) {
      result = result.with(index, session);
      if (filters.activeOnly && session.endedAt) result = result.toSpliced(index, 1);
      continue;
    }
    if (filters.search.trim()) continue;
    if (filters.cluster && filters.cluster !== session.cluster) continue;
    if (filters.activeOnly && session.endedAt) continue;
    const at = result.findIndex((known) => known.startedAt < session.startedAt);
    result = result.toSpliced(at < 0 ? result.length : at, 0, session);
  }
  return result;
}

/** Brings the open session up to date: its own line, its commands and their requests, as they came. */
export function applyToDetail(detail: SessionDetail, events: readonly SessionLogEvent[]): SessionDetail {
  let { session, commands } = detail;
  for (const event of events) {
    switch (event.kind) {
      case 'session':
        if (event.session.id === session.id) session = event.session;
        break;
      case 'command': {
        if (event.command.sessionId !== session.id) break;
        const index = commands.findIndex((known) => known.id === event.command.id);
        commands =
          index < 0
            ? [...commands, { ...event.command, requests: [] }]
            : commands.with(index, { ...commands[index]!, ...event.command });
        break;
      }
      case 'request': {
        const index = commands.findIndex((known) => known.id === event.commandId);
        const found = commands[index];
        if (!found) break;
        commands = commands.with(index, { ...found, requests: withRequest(found.requests, event.request) });
        break;
      }
      default:
        event satisfies never;
    }
  }
  return session === detail.session && commands === detail.commands ? detail : { session, commands };
}

function withRequest(requests: AuditEvent[], request: AuditEvent): AuditEvent[] {
  const index = requests.findLastIndex((known) => known.auditId === request.auditId);
  return index < 0 ? [...requests, request] : requests.with(index, request);
}
