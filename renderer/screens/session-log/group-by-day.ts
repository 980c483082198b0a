import type { Session } from '../../../proxy-core/contract/sessions.ts';
import { dayName } from '../../format/relative-time.ts';

export type ListRow = { kind: 'day'; key: string; name: string } | { kind: 'session'; key: string; session: Session };

/** Puts the name of the day before the first session of each. */
export function groupByDay(sessions: Session[], now: Date): ListRow[] {
  const rows: ListRow[] = [];
  let current = '';
  for (const session of sessions) {
    const name = dayName(new Date(session.startedAt), now);
    if (name !== current) rows.push({ kind: 'day', key: `day-${name}-${session.id}`, name });
    current = name;
    rows.push({ kind: 'session', key: session.id, session });
  }
  return rows;
}
