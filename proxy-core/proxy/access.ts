import type { AccessState, ProxyClock, Upstream } from './types.ts';

/** How long a request waits for a sign-in or a tunnel before it is told (design section 5). */
export const accessWaitMs = 3000;

/**
 * Waits until requests can go out, or until it is clear that they cannot.
 *
 * @param signal ends the waiting: the tool went away
 * @returns the state at that moment; `sign-in-needed` and `connecting` only after the whole wait
 */
export function waitForAccess(
  upstream: Pick<Upstream, 'state' | 'onState'>,
  clock: ProxyClock,
  signal: AbortSignal,
): Promise<AccessState> {
  return new Promise((resolve) => {
    const finish = () => {
      clock.clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener('abort', finish);
      resolve(upstream.state());
    };
    const timer = clock.setTimeout(finish, accessWaitMs);
    const unsubscribe = upstream.onState(() => {
      if (!isPassing(upstream.state())) finish();
    });
    signal.addEventListener('abort', finish, { once: true });
    if (!isPassing(upstream.state()) || signal.aborted) finish();
  });
}

/** True for a state that is worth waiting in. */
export function isPassing(state: AccessState): boolean {
  return state.kind === 'sign-in-needed' || state.kind === 'connecting';
}
