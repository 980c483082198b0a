import type { Session } from '../contract/sessions.ts';
import type { SessionLog } from '../session-log/index.ts';
import type { ControllerClient } from './controller-client.ts';

/** Far more sessions than a person ends on one device while it is away. */
const maxPages = 4;

interface Running {
  /** What runs at this moment: pushes go on while the controller is asked. */
  readonly sessions: readonly Session[];
  /** Whether {@link sessions} is what the controller says now. */
  readonly live: boolean;
  api(signal?: AbortSignal): Promise<{ sessions: Pick<ControllerClient['sessions'], 'list'> }>;
}

/**
 * Sessions that the log believes to be running but the controller no longer does ended while this device was away: the
 * controller tells how. What it does not know (they were another controller's, or it lost its store) ends all the same.
 */
export async function reconcileSessions(
  log: Pick<SessionLog, 'list' | 'sessionChanged' | 'sessionsKnown'>,
  running: Running,
  signal?: AbortSignal,
): Promise<void> {
  const known = new Set(running.sessions.map((session) => session.id));
  const { sessions } = await log.list({ active: true, limit: 500 });
  const stale = new Set(sessions.map((session) => session.id).filter((id) => !known.has(id)));
  const api = await running.api(signal);
  let cursor: string | undefined;
  for (let page = 0; page < maxPages && stale.size > 0; page++) {
    const answer = await api.sessions.list(
      { limit: 500, ...(cursor === undefined ? {} : { cursor }) },
      signal ? { signal } : {},
    );
    for (const session of answer.sessions) {
      if (stale.delete(session.id)) log.sessionChanged(session);
    }
    if (answer.nextCursor === null) break;
    cursor = answer.nextCursor;
  }
  // With the connection lost again, the next snapshot decides.
  if (running.live) log.sessionsKnown(running.sessions);
}
