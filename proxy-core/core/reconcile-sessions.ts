import type { Session } from '../contract/sessions.ts';
import type { SessionLog } from '../session-log/index.ts';
import type { ControllerClient } from './controller-client.ts';

/** Far more sessions than a person ends on one device while it is away. */
const maxPages = 4;

/**
 * Sessions that the log believes to be running but the controller no longer does ended while this device was away: the
 * controller tells how.
 */
export async function reconcileSessions(
  log: Pick<SessionLog, 'list' | 'sessionChanged'>,
  running: readonly Session[],
  api: ControllerClient,
  signal?: AbortSignal,
): Promise<void> {
  const known = new Set(running.map((session) => session.id));
  const { sessions } = await log.list({ active: true, limit: 500 });
  const stale = new Set(sessions.map((session) => session.id).filter((id) => !known.has(id)));
  let cursor: string | undefined;
  for (let page = 0; page < maxPages && stale.size > 0; page++) {
    const answer = await api.sessions.list(
      { limit: 500, ...(cursor === undefined ? {} : { cursor }) },
      signal ? { signal } : {},
    );
    for (const session of answer.sessions) {
      if (stale.delete(session.id)) log.sessionChanged(session);
    }
    if (answer.nextCursor === null) return;
    cursor = answer.nextCursor;
  }
}
