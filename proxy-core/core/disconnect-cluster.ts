import { CoreError } from './errors.ts';
import type { RunningCore } from './running-core.ts';

/**
 * Ends this device's sessions on a cluster, or only those of one role; running commands there end with them.
 *
 * @throws {CoreError} `POSTERN_SIGNED_OUT`
 */
export async function disconnectCluster(
  core: RunningCore,
  { cluster, role }: { cluster: string; role?: string | undefined },
  signal?: AbortSignal,
): Promise<{ endedSessions: number }> {
  const { organisation } = core;
  const api = await core.api(signal);
  if (!organisation) throw new CoreError('POSTERN_SIGNED_OUT', 'Nobody is signed in');
  const running = organisation.sessions.filter(
    (session) =>
      session.endedAt === null && session.cluster === cluster && (role === undefined || session.role === role),
  );
  await Promise.all(running.map(({ id }) => api.sessions.end({ id }, signal ? { signal } : {})));
  return { endedSessions: running.length };
}
