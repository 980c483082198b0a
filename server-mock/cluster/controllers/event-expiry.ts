import { kubernetesTime } from '../clock.ts';
import { textAt } from '../json.ts';
import type { ControllerDependencies } from './dependencies.ts';

const lifetimeMs = 60 * 60_000;
const sweepEveryMs = 60_000;
/** Beyond this many events the oldest go before their hour is over. */
const eventLimit = 2_000;

/** Forgets events an hour after they were last seen, as kube-apiserver's `--event-ttl` does. */
export function expireEvents({ store, clock }: Pick<ControllerDependencies, 'store' | 'clock'>): () => void {
  let cancel = () => {};
  const sweep = () => {
    const lastSeen = (event: unknown) =>
      textAt(event, 'lastTimestamp') || textAt(event, 'metadata', 'creationTimestamp');
    const oldest = kubernetesTime(clock.now() - lifetimeMs);
    const events = [...store.list('events')].sort((a, b) => (lastSeen(a) < lastSeen(b) ? -1 : 1));
    for (const [index, event] of events.entries()) {
      if (lastSeen(event) >= oldest && index >= events.length - eventLimit) break;
      store.remove('events', event.metadata.namespace ?? '', event.metadata.name);
    }
    cancel = clock.after(sweepEveryMs, sweep);
  };
  cancel = clock.after(sweepEveryMs, sweep);
  return () => cancel();
}
