import { useSyncExternalStore } from 'react';
import { approximateDuration, exactTime, relativeTime } from '../format/relative-time.ts';
import { onTick } from '../stores/now.ts';

/** Relative to now and kept so; the exact time on hover. Renders again only when the words change. */
export function RelativeTime({ time }: { time: string }) {
  const then = new Date(time);
  const words = useSyncExternalStore(onTick, () => relativeTime(then, new Date()));
  return (
    <time dateTime={time} title={exactTime(then)}>
      {words}
    </time>
  );
}

/** How long something has been going on: `4 min`. */
export function ElapsedTime({ since }: { since: string }) {
  const then = new Date(since);
  const words = useSyncExternalStore(onTick, () => approximateDuration(Date.now() - then.getTime()));
  return (
    <time dateTime={since} title={`since ${exactTime(then)}`}>
      {words}
    </time>
  );
}

/** Whole seconds until `time`, never below zero. */
export function useSecondsUntil(time: string | Date | null): number {
  const until = time === null ? 0 : new Date(time).getTime();
  return useSyncExternalStore(onTick, () => Math.max(0, Math.ceil((until - Date.now()) / 1000)));
}

/** Whole seconds since `time`. */
export function useSecondsSince(time: Date): number {
  return useSyncExternalStore(onTick, () => Math.floor((Date.now() - time.getTime()) / 1000));
}
